import { expect, test } from 'vitest';
import type { HostConfig } from '../../../../src/engine/api/container-request.ts';
import type { ContainerRecord } from '../../../../src/engine/containers/container.ts';
import { launchPlan } from '../../../../src/engine/containers/launch/launch-plan.ts';
import { commandOf, environmentOf, runtimeSpec } from '../../../../src/engine/containers/oci/runtime-spec.ts';
import { DEFAULT_DEVICES } from '../../../../src/engine/security/defaults.ts';
import { CLONE, MS } from '../../../../src/native/syscalls.ts';
import { bindMount, containerRecord, type RecordChanges } from '../../../support/container-record.ts';

const record = (hostConfig: HostConfig = {}, over: Omit<RecordChanges, 'hostConfig'> = {}): ContainerRecord =>
  containerRecord({
    ...over,
    hostConfig,
    config: {
      Hostname: 'web',
      User: 'app:staff',
      Env: ['A=1'],
      Cmd: ['serve', '--port', '80'],
      Entrypoint: ['/entry'],
      WorkingDir: '/srv',
      ...over.config,
    },
  });
const specOf = (from: ContainerRecord, over: { systemPathsUnconfined?: boolean } = {}) =>
  runtimeSpec(from, {
    mountPoint: '/run/rootfs',
    filesDir: '/files',
    capabilities: ['CAP_CHOWN'],
    noNewPrivileges: false,
    systemPathsUnconfined: false,
    cgroupsPath: '/gantry/a',
    cgroupMounts: [],
    initPidOf: () => 4711,
    apparmorProfile: undefined,
    devices: DEFAULT_DEVICES,
    thermalPaths: ['/sys/heat'],
    ...over,
  });

test('the process: entrypoint and command joined, docker’s additions first, the user as asked', () => {
  const { process } = specOf(record());
  expect(process.args).toEqual(['/entry', 'serve', '--port', '80']);
  expect(process.env).toEqual([
    'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    'HOSTNAME=web',
    'A=1',
  ]);
  expect(process).toMatchObject({
    cwd: '/srv',
    terminal: false,
    user: { username: 'app:staff', umask: 0o022 },
  });
});

test('an image’s own PATH and HOSTNAME win, and a terminal brings TERM', () => {
  const env = ['PATH=/bin', 'HOSTNAME=mine'];
  expect(environmentOf(record({}, { config: { Env: env, Tty: true } }))).toEqual(['TERM=xterm', ...env]);
  expect(commandOf(record({}, { config: { Entrypoint: 'sh', Cmd: null } }))).toEqual(['sh']);
});

const own = ['mount', 'pid', 'network', 'ipc', 'uts', 'cgroup'];
const namespaceCases: [string, HostConfig, string[]][] = [
  ['docker’s default', {}, own],
  ['the host’s network', { NetworkMode: 'host' }, own.filter((type) => type !== 'network')],
  ['the host’s pids and ipc', { PidMode: 'host', IpcMode: 'host' }, ['mount', 'network', 'uts', 'cgroup']],
  [
    'another container’s network',
    { NetworkMode: 'container:x' },
    ['mount', 'pid', 'network=/proc/4711/ns/net', 'ipc', 'uts', 'cgroup'],
  ],
];
test.each(namespaceCases)('namespaces: %s', (_, hostConfig, expected) => {
  const { namespaces } = specOf(record(hostConfig)).linux;
  expect(namespaces.map(({ type, path }) => (path === undefined ? type : `${type}=${path}`))).toEqual(
    expected,
  );
});

test('mounts come parents first, and a user’s mount takes the place of a file below /etc', () => {
  const mounts = [
    bindMount('/a/b/c'),
    bindMount('/etc/hosts'),
    bindMount('/a', { RW: false, Propagation: 'rslave' }),
  ];
  const spec = specOf(record({}, { mounts }));
  const targets = spec.mounts.map(({ destination }) => destination);
  expect(targets.indexOf('/a')).toBeLessThan(targets.indexOf('/a/b/c'));
  expect(targets.filter((target) => target === '/etc/hosts')).toHaveLength(1);
  expect(spec.mounts.find(({ destination }) => destination === '/a')?.options).toEqual([
    'rbind',
    'ro',
    'rslave',
  ]);
});

test('masked and read-only paths go with systempaths=unconfined, and stay with a list of one’s own', () => {
  expect(specOf(record()).linux.maskedPaths).toContain('/proc/kcore');
  expect(specOf(record(), { systemPathsUnconfined: true }).linux).toMatchObject({
    maskedPaths: [],
    readonlyPaths: [],
  });
  expect(specOf(record({ MaskedPaths: ['/proc/x'] })).linux.maskedPaths).toEqual(['/proc/x']);
});

const planOf = (from: ContainerRecord) =>
  launchPlan(specOf(from), {
    id: from.id,
    runDir: '/run/c',
    mountPoint: '/run/rootfs',
    rootfs: { kind: 'overlay', lowerdirs: ['/l2', '/l1'], upperdir: '/u', workdir: '/w', base: '/' },
    cgroupProcs: ['/cg/cgroup.procs'],
    monitorCgroup: undefined,
    netnsPath: undefined,
    held: new Map(),
    capabilities: { bounding: 1n, effective: 1n, permitted: 1n, inheritable: 0n, ambient: 0n },
    seccomp: new Uint8Array(),
    init: false,
    stdio: { openStdin: false, stdinOnce: false },
    log: undefined,
    keepFds: 0,
    cleanup: undefined,
  });

test('the plan: the rootfs first, masks after mounts, sysctls before /proc/sys is read-only, the root read-only last', () => {
  const { setup, namespaces } = planOf(record({ ReadonlyRootfs: true }, { mounts: [bindMount('/data')] }));
  const ops = setup.map((op) => op.op);
  expect(setup[0]).toEqual({
    op: 'overlay',
    lowerdirs: ['/l2', '/l1'],
    upperdir: '/u',
    workdir: '/w',
    target: '',
    options: [],
    base: '/',
  });
  expect(ops.at(-1)).toBe('remountRoot');
  expect(ops.lastIndexOf('bind')).toBeLessThan(ops.indexOf('mknod'));
  expect(ops.lastIndexOf('sysctl')).toBeLessThan(ops.indexOf('readonlyPath'));
  expect(ops.lastIndexOf('mknod')).toBeLessThan(ops.indexOf('mask'));
  expect(setup.find((op) => op.op === 'sysctl')).toMatchObject({
    key: 'net/ipv4/ip_unprivileged_port_start',
  });
  expect(namespaces.unshare).toBe(
    CLONE.NEWNS | CLONE.NEWPID | CLONE.NEWNET | CLONE.NEWIPC | CLONE.NEWUTS | CLONE.NEWCGROUP,
  );
});

test('a tmpfs of the user keeps its options and docker’s flags', () => {
  const mounts = [bindMount('/t', { Type: 'tmpfs', Source: '', options: 'size=1m,mode=1777' })];
  const op = planOf(record({}, { mounts })).setup.find(
    (candidate) => candidate.op === 'mount' && candidate.target === '/t',
  );
  expect(op).toMatchObject({
    type: 'tmpfs',
    flags: MS.NOSUID | MS.NODEV | MS.NOEXEC,
    data: 'size=1m,mode=1777',
  });
});

test('the host’s UTS namespace keeps its name', () => {
  expect(planOf(record()).hostname).toBe('web');
  expect(planOf(record({ UTSMode: 'host' })).hostname).toBeUndefined();
});
