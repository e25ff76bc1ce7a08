import { expect, test } from 'vitest';
import type { IsolationReport } from '../../../src/engine/api/isolation-types.ts';
import { DEFAULT_CAPABILITIES, MASKED_PATHS } from '../../../src/engine/security/defaults.ts';
import { differences, type Asked } from '../../../src/engine/isolation/differences.ts';
import { isNoLimit, limitNumber } from '../../../src/engine/isolation/limit-text.ts';
import { fakeIsolation } from '../../support/fake-isolation.ts';

/** A container as Docker's defaults make it. */
function plain(): IsolationReport {
  const report = fakeIsolation({ id: 'a', spec: { name: 'web' } } as never);
  const own = ['user', 'mnt', 'pid', 'net', 'ipc', 'uts', 'cgroup', 'time'].map((Kind, Inode) => ({
    Kind,
    Inode,
    Sharing: Kind === 'user' || Kind === 'time' ? ('host' as const) : ('private' as const),
    With: [],
  }));
  const capabilities = { ...report.Process.Capabilities, Bounding: [...DEFAULT_CAPABILITIES] };
  return {
    ...report,
    Namespaces: own,
    Cgroups: [],
    MaskedPaths: [...MASKED_PATHS],
    ReadonlyPaths: ['/proc/sys'],
    Process: { ...report.Process, Capabilities: capabilities },
  };
}

const nothing: Asked = {
  hostConfig: {},
  mounts: [],
  limits: [],
  heldValue: () => undefined,
  maskedPaths: ['/proc/keys'],
  readonlyPaths: ['/proc/sys'],
};
const found = (asked: Partial<Asked>, got: Partial<IsolationReport> = {}) =>
  differences({ ...nothing, ...asked }, { ...plain(), ...got }).map(
    ({ What, Asked: a, Got }) => `${What}: ${a} / ${Got}`,
  );

test('a container that is as asked has none', () => {
  expect(found({})).toEqual([]);
});

test('namespaces', () => {
  expect(found({ hostConfig: { PidMode: 'host' } })).toEqual(['pid namespace: host / private']);
  const shared = plain().Namespaces.map((fact) =>
    fact.Kind === 'net' ? { ...fact, Sharing: 'host' as const } : fact,
  );
  expect(found({}, { Namespaces: shared })).toEqual(['net namespace: private / host']);
  expect(found({ hostConfig: { UsernsMode: 'auto' } })).toEqual(['user namespace: auto / host']);
  expect(found({ hostConfig: { TimensMode: 'private' } })).toEqual(['time namespace: private / host']);
});

test.each([
  ['memory.limit_in_bytes', '10000001', '9998336', true],
  ['memory.limit_in_bytes', '10000001', '9990144', false],
  ['memory.memsw.limit_in_bytes', '-1', '9223372036854771712', true],
  ['memory.max', 'max', '4096', false],
  ['cpuset.cpus', '0,1', '0-1', true],
  ['cpuset.cpus', '0-3', '0-1', false],
  ['cpu.max', '50000 100000', '50000 100000', true],
  ['cpu.shares', '512', '1024', false],
  ['memory.oom_control', '1', 'oom_kill_disable 1\nunder_oom 0', true],
  ['io.max', '8:0 rbps=1000', '8:0 rbps=1000 wbps=max riops=max wiops=max', true],
  ['io.max', '8:0 rbps=1000', '8:0 rbps=max wbps=max riops=max wiops=max', false],
] as const)('%s asked %s', (...[file, value, held, isHeld]) => {
  const limits = [{ controller: 'memory', file, value } as const];
  expect(found({ limits, heldValue: () => held })).toEqual(isHeld ? [] : [`${file}: ${value} / ${held}`]);
});

test('limits that the kernel lacks, and those of an ancestor', () => {
  const limits = [{ controller: 'memory', file: 'memory.swappiness', value: '5' } as const];
  expect(found({ limits })).toEqual(['memory.swappiness: 5 / this kernel has no such limit']);
  const Limits = [{ File: 'pids.max', Value: '100', Lower: { Path: '/gantry', Value: '20' } }];
  const Cgroups = [
    { Version: 1 as const, Controllers: ['pids'], Path: '/gantry/a', Sharing: 'private' as const, Limits },
  ];
  const asked = [{ controller: 'pids', file: 'pids.max', value: '100' } as const];
  expect(found({ limits: asked, heldValue: () => '100' }, { Cgroups })).toEqual([
    'pids.max: 100 / 20, held by /gantry',
  ]);
});

test('the process', () => {
  const { Process } = plain();
  const without = { ...Process.Capabilities, Bounding: DEFAULT_CAPABILITIES.slice(1) };
  expect(found({}, { Process: { ...Process, Capabilities: without } })).toEqual([
    'CAP_CHOWN: in the bounding set / not held',
  ]);
  expect(found({ hostConfig: { CapDrop: ['CHOWN'] } })).toEqual([
    'CAP_CHOWN: not granted / in the bounding set',
  ]);
  const bare = { ...Process, NoNewPrivileges: false, Seccomp: { Mode: 'disabled' as const, Source: '' } };
  expect(
    found({ hostConfig: { SecurityOpt: ['no-new-privileges'], OomScoreAdj: 5 } }, { Process: bare }),
  ).toEqual(['no new privileges: set / not set', 'seccomp: filter / disabled', 'oom_score_adj: 5 / 0']);
  expect(found({ hostConfig: { Ulimits: [{ Name: 'nofile', Soft: -1, Hard: -1 }] } })).toEqual([
    'ulimit nofile: unlimited:unlimited / 1024:4096',
  ]);
  expect(found({ hostConfig: { NetworkRate: { In: 5, Out: 1250000 } } })).toEqual([
    'network rate in: 5 bit/s / no limit',
  ]);
});

test('files', () => {
  const covered = { maskedPaths: ['/proc/odd'], readonlyPaths: ['/proc/even'] };
  expect(found({ hostConfig: { ReadonlyRootfs: true }, ...covered })).toEqual([
    '/: read-only / writable',
    '/proc/odd: masked / visible',
    '/proc/even: read-only / writable',
  ]);
  const mounts = [
    { Destination: '/data', RW: true },
    { Destination: '/gone', RW: true },
  ] as unknown as Asked['mounts'];
  expect(found({ mounts })).toEqual(['/data: rw / ro', '/gone: mounted / nothing']);
});

test('limits as numbers', () => {
  expect(limitNumber('50000 100000')).toBe(0.5);
  expect(limitNumber('50000', '100000')).toBe(0.5);
  expect(limitNumber('4096')).toBe(4096);
  for (const none of ['max', '-1', '9223372036854771712', 'max 100000', ''])
    expect(isNoLimit(none)).toBe(none !== '');
});
