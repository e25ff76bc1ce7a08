// The launch plan between the two languages, and the shim's parsers under inputs that nobody meant: built with AddressSanitizer
// and UBSan from src/native/shim/c/fuzz. Seeds are fixed, so a failure is the same every time; FUZZ_SEED takes another,
// FUZZ_INPUTS more of them.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, expect } from 'vitest';
import { encodePlan } from '../../../src/native/shim/plan-encoder.ts';
import { systemTest } from '../../support/requires.ts';
import { type TempDirectory, tempDirectory } from '../../support/temp-root.ts';
import { anyPlan } from './plan-arbitrary.ts';

const test = systemTest('cc');
const SOURCE = join(import.meta.dirname, '../../../src/native/shim/c');
const BUILT = join(import.meta.dirname, '../../../build/shim');
const SEED = Number(process.env['FUZZ_SEED'] ?? '1');
const FACTOR = Number(process.env['FUZZ_INPUTS'] ?? '1');

let directory: TempDirectory;

beforeAll(() => {
  directory = tempDirectory();
  execFileSync('make', ['-s', '-j2', '-C', SOURCE, `OUT=${BUILT}`, 'fuzz']);
}, 600_000);
afterAll(() => directory[Symbol.dispose]());

function framed(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/** What the C side read, written by it again. */
function echoed(plans: readonly Buffer[]): Buffer {
  const input = Buffer.concat(plans.map(framed));
  const { status, stdout, stderr } = spawnSync(join(BUILT, 'plan-echo'), { input, maxBuffer: 1 << 28 });
  expect(stderr.toString()).toBe('');
  expect(status).toBe(0);
  return stdout;
}

test('what goes into a launch plan comes out of it on the other side', () => {
  const plans = fc.sample(anyPlan, { numRuns: 1500, seed: SEED }).map(encodePlan);
  expect(echoed(plans).equals(Buffer.concat(plans.map(framed)))).toBe(true);
  // One by one as well, with the smallest plan that fails.
  fc.assert(
    fc.property(anyPlan, (plan) => {
      const bytes = encodePlan(plan);
      expect(echoed([bytes]).subarray(4)).toEqual(bytes);
    }),
    { numRuns: 20, seed: SEED },
  );
});

interface Run {
  readonly target: string;
  readonly inputs: number;
  readonly corpus: readonly Buffer[];
}

/** @returns how many inputs got through to the end */
function fuzz({ target, inputs, corpus }: Run): number {
  const seeds = join(directory.path, target);
  const workplace = join(directory.path, `${target}-run`);
  for (const path of [seeds, workplace]) mkdirSync(path);
  for (const [index, bytes] of corpus.entries()) writeFileSync(join(seeds, String(index)), bytes);
  const { status, stdout, stderr } = spawnSync(
    join(BUILT, `fuzz-${target}`),
    [seeds, String(inputs * FACTOR), String(SEED)],
    { encoding: 'utf8', cwd: workplace, timeout: 300_000 },
  );
  const crashes = existsSync(workplace) ? readdirSync(workplace) : [];
  expect({ stderr, crashes, status }).toEqual({ stderr: '', crashes: [], status: 0 });
  process.stdout.write(`fuzz ${target}: ${stdout}`);
  return Number(/(\d+) accepted/.exec(stdout)?.[1]);
}

test('launch plans with wrong lengths, counts, kinds and ends', () => {
  const corpus = fc.sample(anyPlan, { numRuns: 300, seed: SEED }).map(encodePlan);
  expect(fuzz({ target: 'plan', inputs: 200_000, corpus })).toBeGreaterThan(10_000);
}, 300_000);

/** what, who, how much, bytes; see attach_target.c */
const step = (head: readonly [what: number, who: number, count: number], bytes = ''): Buffer =>
  Buffer.concat([Buffer.from(head), Buffer.from(bytes, 'latin1')]);
const turn = step([7, 0, 0]);

test('attach clients that come, talk, stall and go as they like', () => {
  const flood = Array.from({ length: 12 }, () => step([3, 0, 0xfd]));
  const corpus = [
    // stdinOnce: one that types and goes, one that only reads.
    [
      Buffer.from([4]),
      step([9, 0, 0x0f]),
      step([9, 1, 0x06]),
      step([10, 0, 3], 'abc'),
      turn,
      step([2, 0, 0]),
      turn,
      step([6, 0, 3]),
    ],
    // Behind, lossy and not; output goes on; the end comes.
    [
      Buffer.from([0]),
      step([9, 0, 0x06]),
      step([9, 1, 0x16]),
      ...flood,
      turn,
      step([4, 1, 0xff]),
      ...flood,
      step([6, 0, 0]),
      turn,
    ],
    // A frame in pieces, and one that is none.
    [
      Buffer.from([1]),
      step([0, 2, 0]),
      step([1, 2, 3], '\x01\x05\0'),
      turn,
      step([1, 2, 7], '\0\0\x01\0\0\0\x07'),
      turn,
      step([1, 2, 4], '\xff\xff\xff\xff'),
      turn,
    ],
    // A supervisor that says that it cleaned up, a resize, stdin that takes no more.
    [
      Buffer.from([6]),
      step([9, 3, 0x09]),
      step([5, 0, 1]),
      step([10, 3, 4], 'wait'),
      turn,
      step([5, 0, 0]),
      step([11, 3, 5], '\x18\0\x50\0\0'),
      step([11, 3, 2]),
      turn,
    ],
    // A command that is longer than any.
    [Buffer.from([0]), step([9, 5, 1]), step([11, 5, 201], 'x'.repeat(201)), turn],
    [
      Buffer.from([0]),
      step([9, 4, 2]),
      step([8, 4, 1]),
      turn,
      ...flood,
      step([8, 4, 0]),
      turn,
      step([6, 0, 0]),
    ],
  ].map((steps) => Buffer.concat(steps));
  expect(fuzz({ target: 'attach', inputs: 40_000, corpus })).toBeGreaterThan(10_000);
}, 300_000);

test('messages of an engine and of an init on the control sockets', () => {
  const failed = '\x04\x1b\0\0\0\x02\0\0\0\x06\0\0\0mounts\0\x04\0\0\0open\0\x01\0\0\0/\0';
  const corpus = [
    '\x01\x05\x01\0\0\0\0\0\x05\x02\0\0\0\0\x02\x05\x07\0\0\0\0',
    `\x00\x05\x02\0\0\0\0\x02${String.fromCodePoint(failed.length)}${failed}`,
    '\x02\x05\x06\0\0\0\0\x03\x05\x01\0\0\0\0',
  ].map((message) => Buffer.from(message, 'latin1'));
  expect(fuzz({ target: 'control', inputs: 100_000, corpus })).toBeGreaterThan(10_000);
}, 300_000);

test('accounts of an image, output of a container, reports of a failure', () => {
  const passwd = 'root:x:0:0:root:/root:/bin/sh\nada:x:1000:1001::/home/ada:/bin/sh\n';
  const group = 'root:x:0:\nwheel:x:10:root,ada\n';
  const corpus = [
    `\0root\0\0${passwd}\0${group}`,
    `\0ada:wheel\x0044\0${passwd}\0${group}`,
    '\x01h\xc3\xa9llo "w"\\ \0\x1b[0m\xe2\x80\xa8\xff\n',
    '\x02\x02\0\0\0\x06\0\0\0mounts\0\x04\0\0\0open\0\x05\0\0\0/proc\0',
  ].map((content) => Buffer.from(content, 'latin1'));
  expect(fuzz({ target: 'bytes', inputs: 300_000, corpus })).toBeGreaterThan(10_000);
}, 300_000);
