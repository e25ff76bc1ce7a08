import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { ByteWriter } from '../../../src/native/shim/byte-writer.ts';
import { encodePlan } from '../../../src/native/shim/plan-encoder.ts';
import type { LaunchPlan } from '../../../src/native/shim/protocol.ts';

const PLAN: LaunchPlan = {
  kind: 'exec',
  id: 'ab',
  runDir: '/r',
  namespaces: { unshare: 0x20000, fromPidfd: 0x40000000, join: [{ kind: 1, path: 'n' }], timeOffsets: 'o' },
  user: { uids: [{ inside: 0, outside: 100_000, count: 65_536 }], gids: [] },
  cgroupProcs: ['c'],
  monitorCgroup: 'm',
  hostname: 'h',
  rootfs: '',
  setup: [
    { op: 'mask', target: 'm' },
    { op: 'propagation', target: '', propagation: 'rslave' },
    {
      op: 'bind',
      source: 's',
      beneath: 'o',
      target: 't',
      recursive: true,
      readonly: false,
      nosuid: true,
      nodev: false,
      noexec: true,
      propagation: 'rprivate',
      mountNamespace: 'q',
      idmap: { uids: [{ inside: 1, outside: 2, count: 3 }], gids: [], ownedByUser: true },
    },
    {
      op: 'overlay',
      lowerdirs: ['/b/l'],
      upperdir: '',
      workdir: '',
      target: 'o',
      options: [],
      base: '/b',
    },
    { op: 'mknod', target: 'd', mode: 1, major: 2, minor: 3, uid: 4, gid: 5, hostPath: 'p' },
  ],
  process: {
    args: ['a'],
    env: [],
    cwd: '/',
    user: 'ü',
    additionalGroups: [],
    umask: 0o22,
    capabilities: { bounding: 1n, effective: 2n, permitted: 3n, inheritable: 4n, ambient: 5n },
    noNewPrivileges: true,
    rlimits: [{ resource: 7, soft: 8n, hard: 0xffff_ffff_ffff_ffffn }],
    oomScoreAdj: -5,
    seccomp: Uint8Array.of(9, 8),
    init: true,
    apparmorProfile: 'z',
  },
  stdio: { terminal: true, rows: 24, cols: 80, openStdin: true, stdinOnce: false },
  log: { path: 'l', maxBytes: 10, maxFiles: 3 },
  keepFds: 2,
  cleanup: { args: ['x'], env: ['y'] },
};

/** Spaces and line breaks are only for the reader; the fields stand in the order of the header of plan-encoder.ts. */
const GOLDEN = `
  47504c4e 01000000 ab010000
  01 02000000616200 020000002f7200
  00000200 00000040 01000000 01000000 010000006e00 010000006f00
  01 01000000 00000000 a0860100 00000100 00000000
  01000000 010000006300 010000006d00
  010000006800 0000000000 0000000000
  01000000 010000006100 00000000 010000002f00 02000000c3bc00 00000000 12000000
  0100000000000000 0200000000000000 0300000000000000 0400000000000000 0500000000000000 01
  01000000 07000000 0800000000000000 ffffffffffffffff
  01 fbffffff 020000000908 01 010000007a00
  01 1800 5000 01 00
  01 010000006c00 0a00000000000000 03000000
  02000000
  01 01000000 010000007800 01000000 010000007900
  05000000
  08 010000006d00
  0c 0000000000 00400800
  02 010000007300 010000006f00 010000007400 01 00 01 00 01 00400400 010000007100 03 01000000 01000000 02000000 03000000 00000000
  01 01000000 040000002f622f6c00 0000000000 0000000000 010000006f00 00000000 020000002f6200
  06 010000006400 01000000 02000000 03000000 04000000 05000000 010000007000
`.replaceAll(/\s/g, '');

test('a plan is these bytes', () => {
  expect(encodePlan(PLAN).toString('hex')).toBe(GOLDEN);
});

const range = fc.record({
  inside: fc.nat(0xffff_ffff),
  outside: fc.nat(0xffff_ffff),
  count: fc.nat(0xffff_ffff),
});
const maps = fc.record({
  uids: fc.array(range, { maxLength: 340 }),
  gids: fc.array(range, { maxLength: 340 }),
});

test('maps of ids come out as they went in', () => {
  const header = encodePlan({ ...PLAN, user: { uids: [], gids: [] } }).indexOf(Buffer.from('o\0')) + 2;
  fc.assert(
    fc.property(maps, (user) => {
      const bytes = encodePlan({ ...PLAN, user }).subarray(header + 1);
      let at = 0;
      const next = () => bytes.readUInt32LE((at += 4) - 4);
      const list = () =>
        Array.from({ length: next() }, () => ({ inside: next(), outside: next(), count: next() }));
      expect({ uids: list(), gids: list() }).toEqual(user);
    }),
  );
});

test('a string with a 0 byte inside is refused', () => {
  expect(() => encodePlan({ ...PLAN, rootfs: '/a\0b' })).toThrow(RangeError);
});

test('a number outside its field is refused', () => {
  expect(() => encodePlan({ ...PLAN, stdio: { ...PLAN.stdio, rows: 70_000 } })).toThrow(RangeError);
  expect(() => encodePlan({ ...PLAN, keepFds: -1 })).toThrow(RangeError);
});

test('what is written can be read at its place, whatever was written before', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 40_000 }),
      fc.string(),
      fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
      (bytes, text, number) => {
        const written = new ByteWriter().bytes(bytes).string(text.replaceAll('\0', '')).u64(number).finish();
        const size = Buffer.byteLength(text.replaceAll('\0', ''));
        expect(written.subarray(4, 4 + bytes.length)).toEqual(Buffer.from(bytes));
        expect(written.readUInt32LE(4 + bytes.length)).toBe(size);
        expect(written.readBigUInt64LE(written.length - 8)).toBe(number);
        expect(written.length).toBe(4 + bytes.length + 4 + size + 1 + 8);
      },
    ),
  );
});

test('a field that no longer fits is written where it belongs', () => {
  const fields = new ByteWriter().u8(1).u16(2).u32(3).i32(-4).u64(5n).string('äö€').bytes(Buffer.from('end'));
  const expected = Buffer.from(fields.finish());
  for (const edge of [16_384, 32_768])
    for (let left = 0; left <= expected.length; left += 1) {
      const filling = Buffer.alloc(edge - 4 - left, 'x');
      const written = new ByteWriter().bytes(filling);
      written.u8(1).u16(2).u32(3).i32(-4).u64(5n).string('äö€').bytes(Buffer.from('end'));
      const bytes = written.finish();
      expect(bytes.subarray(4, edge - left).equals(filling)).toBe(true);
      expect(bytes.subarray(edge - left)).toEqual(expected);
    }
});
