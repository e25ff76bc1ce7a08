// Launch plans with everything in them that the format can say, as the parser accepts them.
import * as fc from 'fast-check';
import {
  PROPAGATIONS,
  type BindIdmap,
  type IdMaps,
  type LaunchPlan,
  type ProcessPlan,
  type SetupOp,
} from '../../../src/native/shim/protocol.ts';
import { CLONE } from '../../../src/native/syscalls.ts';

const text = fc.string({ unit: 'binary', maxLength: 40 }).map((value) => value.replaceAll('\0', ''));
const path = text.map((value) => `/${value}`);
const texts = fc.array(text, { maxLength: 5 });
const u16 = fc.integer({ min: 0, max: 0xffff });
const u32 = fc.integer({ min: 0, max: 0xffff_ffff });
const u64 = fc.bigInt({ min: 0n, max: 0xffff_ffff_ffff_ffffn });
const bytes = fc.uint8Array({ maxLength: 100 });

const range = fc.record({ inside: u32, outside: u32, count: u32 });
const ranges = (minLength: number) => fc.array(range, { minLength, maxLength: 3 });
const idMaps = (minLength: number): fc.Arbitrary<IdMaps> =>
  fc.record({ uids: ranges(minLength), gids: ranges(minLength) });
const idmap: fc.Arbitrary<BindIdmap> = fc.oneof(
  fc.constant('container' as const),
  fc.record({ uids: ranges(0), gids: ranges(0), ownedByUser: fc.boolean() }),
);

const propagation = fc.constantFrom(...PROPAGATIONS);

type OpArbitraries = {
  readonly [Name in SetupOp['op']]: fc.Arbitrary<Omit<Extract<SetupOp, { op: Name }>, 'op'>>;
};

/** The compiler asks for each op, and for each of its fields that must be there. */
const OPS: OpArbitraries = {
  overlay: fc.record(
    { lowerdirs: texts, upperdir: text, workdir: text, target: text, options: texts, base: path },
    { requiredKeys: ['lowerdirs', 'upperdir', 'workdir', 'target', 'options'] },
  ),
  bind: fc.record(
    {
      source: path,
      beneath: path,
      target: path,
      recursive: fc.boolean(),
      readonly: fc.boolean(),
      nosuid: fc.boolean(),
      nodev: fc.boolean(),
      noexec: fc.boolean(),
      propagation,
      mountNamespace: path,
      idmap,
    },
    {
      requiredKeys: ['source', 'target', 'recursive', 'readonly', 'nosuid', 'nodev', 'noexec', 'propagation'],
    },
  ),
  mount: fc.record({ type: text, source: text, target: path, flags: u32, data: text }),
  mkdir: fc.record({ target: path, mode: u32, uid: u32, gid: u32 }),
  symlink: fc.record({ target: path, linkTo: text }),
  mknod: fc.record(
    { target: path, mode: u32, major: u32, minor: u32, uid: u32, gid: u32, hostPath: path },
    { requiredKeys: ['target', 'mode', 'major', 'minor', 'uid', 'gid'] },
  ),
  file: fc.record({ target: path, content: bytes, mode: u32 }),
  mask: fc.record({ target: path }),
  readonlyPath: fc.record({ target: path }),
  sysctl: fc.record({ key: text, value: text }),
  remountRoot: fc.record({ readonly: fc.boolean() }),
  propagation: fc.record({ target: text, propagation }),
  unmount: fc.record({ target: path, mountId: fc.maxSafeNat(), detach: fc.boolean() }),
};

function ops(names: readonly SetupOp['op'][], minLength: number): fc.Arbitrary<SetupOp[]> {
  const one = (name: SetupOp['op']): fc.Arbitrary<SetupOp> =>
    OPS[name].map((fields) => ({ op: name, ...fields }) as SetupOp);
  return fc.array(fc.oneof(...names.map(one)), { minLength, maxLength: 8 });
}

const process: fc.Arbitrary<ProcessPlan> = fc.record(
  {
    args: fc.array(text, { minLength: 1, maxLength: 5 }),
    env: texts,
    cwd: text,
    user: text,
    additionalGroups: texts,
    umask: u32,
    capabilities: fc.record({
      bounding: u64,
      effective: u64,
      permitted: u64,
      inheritable: u64,
      ambient: u64,
    }),
    noNewPrivileges: fc.boolean(),
    rlimits: fc.array(fc.record({ resource: u32, soft: u64, hard: u64 }), { maxLength: 4 }),
    oomScoreAdj: fc.integer({ min: -0x8000_0000, max: 0x7fff_ffff }),
    seccomp: fc.array(u64, { maxLength: 20 }).map((instructions) => new Uint8Array(instructions.length * 8)),
    init: fc.boolean(),
    apparmorProfile: text,
  },
  {
    requiredKeys: [
      'args',
      'env',
      'cwd',
      'user',
      'additionalGroups',
      'umask',
      'capabilities',
      'noNewPrivileges',
      'rlimits',
      'seccomp',
      'init',
    ],
  },
);

const common = {
  id: text,
  runDir: path,
  process,
  stdio: fc.record({
    terminal: fc.boolean(),
    rows: u16,
    cols: u16,
    openStdin: fc.boolean(),
    stdinOnce: fc.boolean(),
  }),
};

const optionalParts = fc.record(
  {
    monitorCgroup: path,
    hostname: text,
    domainname: text,
    log: fc.record({ path, maxBytes: fc.maxSafeNat(), maxFiles: u32 }),
    cleanup: fc.record({ args: fc.array(text, { minLength: 1, maxLength: 3 }), env: texts }),
  },
  { requiredKeys: [] },
);

const joins = (kinds: readonly number[]) =>
  fc.array(fc.record({ kind: fc.constantFrom(...kinds), path }), { maxLength: 6 });
const flags = (kinds: readonly number[]) =>
  fc.subarray([...kinds]).map((chosen) => chosen.reduce((mask, flag) => mask | flag, 0));
const OTHERS = [CLONE.NEWPID, CLONE.NEWNET, CLONE.NEWIPC, CLONE.NEWUTS, CLONE.NEWCGROUP];
const cgroupProcs = fc.array(path, { maxLength: 10 });
const keepFds = fc.integer({ min: 0, max: 65_536 });
const STARTS = Object.keys(OPS).filter((name) => name !== 'unmount') as SetupOp['op'][];

const container: fc.Arbitrary<LaunchPlan> = fc
  .record({
    plan: fc.record({ ...common, cgroupProcs, keepFds, rootfs: path, setup: ops(STARTS, 0) }),
    parts: optionalParts,
    join: joins(OTHERS),
    unshare: flags(OTHERS),
    timeOffsets: fc.option(text, { nil: undefined }),
    user: fc.option(idMaps(1), { nil: undefined }),
  })
  .map(({ plan, parts, join, unshare, timeOffsets, user }) => ({
    kind: 'container',
    ...plan,
    ...parts,
    ...(user === undefined ? {} : { user }),
    namespaces: {
      unshare:
        unshare |
        CLONE.NEWNS |
        (timeOffsets === undefined ? 0 : CLONE.NEWTIME) |
        (user === undefined ? 0 : CLONE.NEWUSER),
      join,
      fromPidfd: 0,
      ...(timeOffsets === undefined ? {} : { timeOffsets }),
    },
  }));

const exec: fc.Arbitrary<LaunchPlan> = fc
  .record({
    plan: fc.record({ ...common, cgroupProcs, keepFds }),
    parts: optionalParts,
    join: joins(OTHERS),
    fromPidfd: flags(OTHERS),
    user: fc.option(idMaps(1), { nil: undefined }),
  })
  .map(({ plan, parts, join, fromPidfd, user }) => ({
    kind: 'exec',
    ...plan,
    ...parts,
    rootfs: '',
    setup: [],
    ...(user === undefined ? {} : { user }),
    namespaces: {
      unshare: 0,
      join,
      fromPidfd: fromPidfd | CLONE.NEWNS | (user === undefined ? 0 : CLONE.NEWUSER),
    },
  }));

const mount: fc.Arbitrary<LaunchPlan> = fc
  .record({
    plan: fc.record({ ...common, rootfs: path, setup: ops(['bind', 'mount', 'unmount'], 1) }),
    fromPidfd: flags(OTHERS),
    user: fc.option(idMaps(1), { nil: undefined }),
  })
  .map(({ plan, fromPidfd, user }) => ({
    kind: 'mount',
    ...plan,
    ...(user === undefined ? {} : { user }),
    cgroupProcs: [],
    keepFds: 0,
    namespaces: {
      unshare: 0,
      join: [],
      fromPidfd: fromPidfd | CLONE.NEWNS | (user === undefined ? 0 : CLONE.NEWUSER),
    },
  }));

export const anyPlan: fc.Arbitrary<LaunchPlan> = fc.oneof(container, exec, mount);
