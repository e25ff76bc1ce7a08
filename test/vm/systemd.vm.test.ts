// Containers on a machine that systemd runs: they are in cgroups that it has delegated, and outlive whoever started them
// until their slice is stopped. Runs in the virtual machine, on its real systemd.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import type { HostConfig } from '../../src/engine/api/container-request.ts';
import type { ContainerHandle } from '../../src/engine/api/engine-client.ts';
import { type EngineFixture, IMAGE, engineFixture, exec } from '../support/engine-fixture.ts';
import { systemTest } from '../support/requires.ts';
import { waitFor } from '../support/wait-for.ts';

const test = systemTest('root', 'systemd', 'cgroup2', 'overlay', 'shim', 'bundle', 'busybox');
const MIB = 1024 * 1024;
const checkout = join(import.meta.dirname, '../..');

let fixture: EngineFixture;
beforeAll(async () => void (fixture = await engineFixture()));
afterEach(removeContainers);
afterAll(async () => {
  systemctl('stop', 'gantry.slice');
  await fixture[Symbol.asyncDispose]();
});

async function removeContainers(): Promise<void> {
  for (const { Id } of await fixture.client.listContainers({ all: true }))
    await fixture.client.getContainer(Id).remove({ force: true });
}

function run(command: string, ...args: string[]): string {
  return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}
const systemctl = (...args: string[]) => run('systemctl', ...args);

interface Started {
  readonly handle: ContainerHandle;
  readonly id: string;
  readonly pid: number;
  /** As the kernel has it. */
  readonly cgroup: string;
}

async function start(script: string, hostConfig: HostConfig = {}): Promise<Started> {
  const handle = await fixture.client.createContainer({
    Image: IMAGE,
    Cmd: ['sh', '-c', script],
    StopTimeout: 1,
    HostConfig: { NetworkMode: 'none', ...hostConfig },
  });
  await handle.start();
  const { State } = await handle.inspect();
  return { handle, id: handle.id, pid: State.Pid, cgroup: cgroupOf(State.Pid) };
}

const cgroupOf = (pid: number) => readFileSync(`/proc/${pid}/cgroup`, 'utf8').trim().replace(/^0::/, '');
const parentOf = (pid: number) =>
  Number(/^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
const limit = ({ cgroup }: Started, file: string) =>
  readFileSync(join('/sys/fs/cgroup', cgroup, file), 'utf8').trim();
const unitOf = ({ cgroup }: Started) => cgroup.split('/').at(-2) ?? '';
const property = (unit: string, name: string) => systemctl('show', '-P', name, unit).trim();
const statusOf = async ({ handle }: Started) => (await handle.inspect()).State;

test('info names the driver and the version', async () => {
  expect(await fixture.client.info()).toMatchObject({ CgroupDriver: 'systemd', CgroupVersion: '2' });
});

test('containers are in a delegated unit of gantry.slice, their monitors beside them', async () => {
  const one = await start('sleep 1000');
  const unit = unitOf(one);
  expect(one.cgroup).toMatch(/^\/gantry\.slice\/gantry-containers-[0-9a-f]+\.service\/[0-9a-f]{64}$/);
  expect(cgroupOf(parentOf(one.pid))).toBe(`/gantry.slice/${unit}/monitors`);
  expect(property(unit, 'Delegate')).toBe('yes');
  expect(property(unit, 'ControlGroup')).toBe(`/gantry.slice/${unit}`);
  const tree = run('systemd-cgls', '--no-pager', '--full', '/gantry.slice');
  expect(tree).toContain(unit);
  expect(tree).toContain(`${one.pid} `);
  expect(property(unit, 'ActiveState')).toBe('active');

  // An exec has a monitor too.
  const inside = await exec(one.handle, ['cat', '/proc/self/cgroup']);
  expect(inside.stdout).toBe('0::/\n');
});

test('a second start finds the unit, and two first starts at once make one', async () => {
  const parent = `race-${process.pid}.slice`;
  const [one, two] = await Promise.all([
    start('sleep 1000', { CgroupParent: parent }),
    start('sleep 1000', { CgroupParent: parent }),
  ]);
  expect(unitOf(one)).toBe(unitOf(two));
  const since = property(unitOf(one), 'ActiveEnterTimestampMonotonic');
  const three = await start('sleep 1000', { CgroupParent: parent });
  expect(unitOf(three)).toBe(unitOf(one));
  expect(property(unitOf(one), 'ActiveEnterTimestampMonotonic')).toBe(since);
  systemctl('stop', 'race.slice');
});

const LIMITS: HostConfig = {
  Memory: 64 * MIB,
  NanoCpus: 0.5e9,
  PidsLimit: 20,
  CpusetCpus: '0',
  // A controller that systemd does not know.
  HugepageLimits: [{ PageSize: '2MB', Limit: 4 * MIB }],
};
const HELD = {
  'memory.max': `${64 * MIB}`,
  'cpu.max': '50000 100000',
  'pids.max': '20',
  'cpuset.cpus': '0',
  'hugetlb.2MB.max': `${4 * MIB}`,
};
const held = (one: Started) => Object.fromEntries(Object.keys(HELD).map((file) => [file, limit(one, file)]));

test('reloading and re-executing systemd, and other units, leave limits and processes alone', async () => {
  const one = await start('sleep 1000', LIMITS);
  const before = property(unitOf(one), 'ActiveEnterTimestampMonotonic');
  const stays = (what: string) => {
    expect(held(one), what).toEqual(HELD);
    expect(cgroupOf(one.pid), what).toBe(one.cgroup);
    expect(property(unitOf(one), 'ActiveState'), what).toBe('active');
  };
  stays('at first');
  systemctl('daemon-reload');
  stays('after daemon-reload');
  systemctl('daemon-reexec');
  stays('after daemon-reexec');
  run('systemd-run', '--quiet', '--wait', '--slice=gantry.slice', '--property=MemoryMax=100M', 'true');
  stays('after another unit of the slice has come and gone');
  systemctl('restart', 'systemd-udevd.service');
  systemctl('set-property', '--runtime', 'gantry.slice', 'CPUWeight=200');
  stays('after a limit of the slice has changed');
  expect(readFileSync('/sys/fs/cgroup/gantry.slice/cpu.weight', 'utf8')).toBe('200\n');
  expect(property(unitOf(one), 'ActiveEnterTimestampMonotonic')).toBe(before);
  expect((await exec(one.handle, ['echo', 'alive'])).stdout).toBe('alive\n');
  systemctl('set-property', '--runtime', 'gantry.slice', 'CPUWeight=');
});

test('an OOM kill in one container is not the end of another', async () => {
  const one = await start('sleep 1000');
  const limits = { Memory: 16 * MIB, MemorySwap: 16 * MIB };
  const hog = await start('until [ -e /go ]; do sleep 0.1; done; exec tail /dev/zero', limits);
  await exec(hog.handle, ['touch', '/go']);
  await hog.handle.wait();
  expect(await statusOf(hog)).toMatchObject({ OOMKilled: true, ExitCode: 137 });
  systemctl('daemon-reload');
  expect(property(unitOf(one), 'ActiveState')).toBe('active');
  expect(cgroupOf(one.pid)).toBe(one.cgroup);
});

test('--cgroup-parent is a slice, whose own limits hold as well', async () => {
  await expect(start('true', { CgroupParent: '/not/a/slice' })).rejects.toThrow(
    'cgroup-parent for systemd cgroup should be a valid slice named as "xxx.slice"',
  );
  const one = await start('sleep 1000', { CgroupParent: 'outer-inner.slice', Memory: 64 * MIB });
  expect(one.cgroup).toMatch(
    /^\/outer\.slice\/outer-inner\.slice\/gantry-containers-[0-9a-f]+\.outer-inner\.service\/[0-9a-f]{64}$/,
  );
  systemctl('set-property', '--runtime', 'outer.slice', 'MemoryMax=32M');
  expect(readFileSync('/sys/fs/cgroup/outer.slice/memory.max', 'utf8')).toBe(`${32 * MIB}\n`);
  expect(limit(one, 'memory.max')).toBe(`${64 * MIB}`);
  const hog = await exec(one.handle, [
    'sh',
    '-c',
    'head -c 50000000 /dev/zero | tail -c 48000000 >/dev/null',
  ]);
  expect(hog.exitCode).not.toBe(0);
  systemctl('stop', 'outer.slice');
  expect((await statusOf(one)).Running).toBe(false);
});

test('stopping the slice stops containers by their own signal, and their state is right', async () => {
  const polite = await start('trap "exit 7" TERM; touch /ready; while :; do sleep 0.1; done');
  const other = await start('trap "exit 8" USR1; touch /ready; while :; do sleep 0.1; done');
  const unit = unitOf(polite);
  for (const { handle } of [polite, other])
    await waitFor(async () => (await exec(handle, ['test', '-e', '/ready'])).exitCode === 0, {
      reason: 'its trap is set',
    });
  systemctl('stop', 'gantry.slice');
  expect(existsSync(`/sys/fs/cgroup/gantry.slice/${unit}`)).toBe(false);
  expect(await statusOf(polite)).toMatchObject({ Status: 'exited', ExitCode: 7 });
  // Not its signal: it gets its time, and then SIGKILL.
  expect(await statusOf(other)).toMatchObject({ Status: 'exited', ExitCode: 137 });
  expect(existsSync(`/proc/${polite.pid}`)).toBe(false);

  await polite.handle.start();
  const { State } = await polite.handle.inspect();
  expect(basename(cgroupOf(State.Pid))).toBe(polite.id);
  expect(property(unit, 'ActiveState')).toBe('active');
});

const gantry = (...args: string[]) => [
  join(checkout, 'bin/gantry'),
  '--root',
  fixture.root,
  '--run-root',
  fixture.runRoot,
  ...args,
];

test('a container outlives the service and the session that started it', async () => {
  const common = ['run', '-d', '--network', 'none'];
  run(
    'systemd-run',
    '--quiet',
    '--wait',
    ...gantry(...common, '--name', 'by-service', IMAGE, 'sleep', '1000'),
  );
  const script = `${gantry(...common, '--name', 'by-session', IMAGE, 'sleep', '1000').join(' ')} && exec sleep 1000`;
  run('systemd-run', '--quiet', '--unit=session-like', '--property=SendSIGHUP=yes', 'sh', '-c', script);
  await waitFor(
    async () => (await fixture.client.listContainers()).some(({ Names }) => Names.includes('/by-session')),
    { reason: 'the session has started its container' },
  );
  systemctl('kill', '--signal=KILL', 'session-like.service');
  await waitFor(() => property('session-like.service', 'ActiveState') !== 'active', {
    reason: 'the session is over',
  });
  for (const name of ['by-service', 'by-session']) {
    const { State } = await fixture.client.getContainer(name).inspect();
    expect(State.Running, name).toBe(true);
    expect(cgroupOf(State.Pid), name).toMatch(/^\/gantry\.slice\//);
    expect(cgroupOf(parentOf(State.Pid)), name).toMatch(/^\/gantry\.slice\/.*\/monitors$/);
  }
});
