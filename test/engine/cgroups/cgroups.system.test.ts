import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect } from 'vitest';
import type { Cgroup, CgroupLayout, Controller } from '../../../src/engine/cgroups/cgroup.ts';
import { parseDeviceRule } from '../../../src/engine/cgroups/device-rules.ts';
import { createCgroups } from '../../../src/engine/cgroups/cgroups.ts';
import { hierarchyOf, readLayout, usedHierarchies } from '../../../src/engine/cgroups/layout.ts';
import { removeDirectory, tryRemove } from '../../../src/engine/cgroups/processes.ts';
import { systemTest } from '../../support/requires.ts';
import { tempDirectory } from '../../support/temp-root.ts';
import { waitFor } from '../../support/wait-for.ts';

const MIB = 1024 * 1024;
const PARENT = `/gantry-cgroups-test-${process.pid}`;
const cgroups = createCgroups({ parent: PARENT });
const cgroupTest = systemTest('root', 'cgroup');
const isV1 = (controller: Controller) => hierarchyOf(cgroups.layout, controller)?.version === 1;

beforeAll(() => expect(cgroups.list()).toEqual([]));

afterAll(() => {
  expect(cgroups.list()).toEqual([]);
  for (const { mountPoint } of usedHierarchies(readLayout())) tryRemove(join(mountPoint, PARENT));
});

interface Scene extends AsyncDisposable {
  readonly cgroup: Cgroup;
  /** A shell that is in the cgroup before it does anything. */
  run(script: string): ChildProcess;
}

function scene(containerId: string, resources = {}): Scene {
  const cgroup = cgroups.create({ containerId, resources });
  return {
    cgroup,
    run: (script) => enter(cgroup, script),
    [Symbol.asyncDispose]: async () => {
      await cgroup.kill();
      await cgroup.remove();
    },
  };
}

function enter(cgroup: Cgroup, script: string) {
  const join = cgroup.procsFiles.map((file) => `echo $$ > ${file}`).join(' && ');
  return spawn('sh', ['-c', `exec 2>&1; ${join} && { ${script}\n}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

function read(cgroup: Cgroup, controller: Controller, file: string): string {
  const hierarchy = hierarchyOf(cgroups.layout, controller);
  const found = cgroup.directories.find((directory) => directory.hierarchy === hierarchy);
  if (found === undefined) throw new Error(`no ${controller}`);
  return readFileSync(join(found.hierarchy.mountPoint, found.path, file), 'utf8').trim();
}

cgroupTest('limits arrive in the kernel, and an update moves them up and down', async () => {
  await using one = scene('limits', {
    Memory: 64 * MIB,
    NanoCpus: 1.5e9,
    CpuShares: 512,
    PidsLimit: 20,
    CpusetCpus: '0',
  });
  const limit = () => read(one.cgroup, 'memory', isV1('memory') ? 'memory.limit_in_bytes' : 'memory.max');
  expect(limit()).toBe(String(64 * MIB));
  expect(read(one.cgroup, 'pids', 'pids.max')).toBe('20');
  expect(read(one.cgroup, 'cpuset', 'cpuset.cpus')).toBe('0');
  if (isV1('cpu')) {
    expect(read(one.cgroup, 'cpu', 'cpu.cfs_quota_us')).toBe('150000');
    expect(read(one.cgroup, 'cpu', 'cpu.shares')).toBe('512');
  } else {
    expect(read(one.cgroup, 'cpu', 'cpu.max')).toBe('150000 100000');
  }

  one.cgroup.update({ Memory: 256 * MIB });
  expect(limit()).toBe(String(256 * MIB));
  one.cgroup.update({ Memory: 32 * MIB, MemorySwap: 32 * MIB });
  expect(limit()).toBe(String(32 * MIB));
});

cgroupTest('a process over its memory limit is killed and counted', async () => {
  await using one = scene('oom', { Memory: 16 * MIB, MemorySwap: 16 * MIB });
  expect(one.cgroup.oomKills()).toBe(0);
  const hog = one.run('exec tail /dev/zero');
  const [, signal] = await once(hog, 'exit');
  expect(signal).toBe('SIGKILL');
  expect(one.cgroup.oomKills()).toBeGreaterThan(0);
});

cgroupTest('no more processes than asked for', async () => {
  await using one = scene('pids', { PidsLimit: 3 });
  const shell = one.run('(sleep 60 & sleep 60 & sleep 60 & sleep 60 & wait) 2>/dev/null; echo refused');
  const [code] = await once(shell, 'exit');
  expect(code).toBe(0);
  expect(read(one.cgroup, 'pids', 'pids.events')).toMatch(/max [1-9]/);
});

cgroupTest('a frozen container does nothing, and can be thawed or killed', async () => {
  await using one = scene('freeze');
  const shell = one.run('while :; do echo tick; sleep 0.01; done');
  let ticks = 0;
  shell.stdout?.on('data', () => (ticks += 1));
  await waitFor(() => ticks > 0, { reason: 'the loop runs' });

  await one.cgroup.freeze();
  expect(one.cgroup.isFrozen()).toBe(true);
  expect(one.cgroup.pids().length).toBeGreaterThan(0);
  // What it wrote before has come by then.
  await delay(100);
  const before = ticks;
  await delay(200);
  expect(ticks).toBe(before);
  await one.cgroup.thaw();
  expect(one.cgroup.isFrozen()).toBe(false);
  await waitFor(() => ticks > before, { reason: 'it runs again after thawing' });

  await one.cgroup.freeze();
  await one.cgroup.kill();
  expect(one.cgroup.pids()).toEqual([]);
});

cgroupTest('kill takes everything, nested cgroups included, and remove leaves nothing', async () => {
  const one = scene('kill');
  const directory = one.cgroup.v2Directory ?? one.cgroup.procsFiles[0]?.replace(/\/cgroup.procs$/, '') ?? '';
  mkdirSync(join(directory, 'nested'));
  const shell = one.run(
    `sleep 60 & sh -c 'echo $$ > ${directory}/nested/cgroup.procs; sleep 60 & sleep 60' & wait`,
  );
  await waitFor(() => one.cgroup.pids().length >= 5, { reason: 'all children run' });
  const ended = once(shell, 'exit');
  await one.cgroup.kill();
  expect(one.cgroup.pids()).toEqual([]);
  await one.cgroup.remove();
  await one.cgroup.remove();
  await ended;
  for (const { hierarchy, path } of one.cgroup.directories)
    expect(existsSync(join(hierarchy.mountPoint, path))).toBe(false);
});

cgroupTest(
  'a busy cgroup is not removed, and the error names who is in it',
  async () => {
    await using one = scene('busy');
    const shell = one.run('exec sleep 60');
    await waitFor(() => one.cgroup.pids().length === 1, { reason: 'the process is in' });
    const directory =
      one.cgroup.v2Directory ?? one.cgroup.procsFiles[0]?.replace(/\/cgroup.procs$/, '') ?? '';
    await expect(removeDirectory(directory, 100)).rejects.toThrow(`process ${shell.pid} is still in it`);
  },
  30_000,
);

cgroupTest('two that create the same one at once both succeed; a leftover is taken over', async () => {
  const [first, second] = [scene('twice'), scene('twice', { PidsLimit: 7 })];
  expect(read(first.cgroup, 'pids', 'pids.max')).toBe('7');
  expect(cgroups.list()).toEqual(['twice']);
  await first[Symbol.asyncDispose]();
  await second[Symbol.asyncDispose]();
});

cgroupTest('a refused limit is told, and nothing stays', () => {
  const create = () => cgroups.create({ containerId: 'refused', resources: { CpusetCpus: '4000' } });
  expect(create).toThrow(/write 4000 to cpuset\.cpus: /);
  expect(cgroups.list()).toEqual([]);
});

cgroupTest('a parent of its own, which cannot lead out', async () => {
  const place = { containerId: 'child', parent: `${PARENT}-other/deep` };
  const cgroup = cgroups.create({ ...place, resources: {} });
  expect(cgroup.directories[0]?.path).toBe(`${PARENT}-other/deep/child`);
  expect(() => cgroups.open({ containerId: 'x', parent: '/../../etc' })).toThrow('invalid cgroup parent');
  await cgroups.open(place).remove();
  for (const { mountPoint } of usedHierarchies(readLayout()))
    expect(tryRemove(join(mountPoint, `${PARENT}-other`))).toBe(true);
});

/** The unified hierarchy alone, as on a machine without v1: even without controllers it freezes, kills and has devices. */
const onlyV2: CgroupLayout = {
  kind: 'v2',
  hierarchies: cgroups.layout.hierarchies.filter(({ version }) => version === 2),
};

for (const [name, layout] of [
  ['this machine', cgroups.layout],
  ['the unified hierarchy', onlyV2],
] as const) {
  cgroupTest(`${name}: root inside cannot open a device although it can make a node for it`, async () => {
    const ours = createCgroups({ parent: PARENT, layout });
    const cgroup = ours.create({ containerId: 'devices', resources: {} });
    using directory = tempDirectory();
    const node = join(directory.path, 'kmsg');
    // 1:11 is /dev/kmsg: it stands for any device that no rule allows.
    const script = `mknod ${node} c 1 11 && true < ${node}; cat /dev/null && echo null works`;
    const shell = enter(cgroup, script);
    const [output] = await Promise.all([shell.stdout.setEncoding('utf8').toArray(), once(shell, 'exit')]);
    expect(output.join('')).toMatch(/(Operation not permitted|Permission denied)[\s\S]*null works/);
    await cgroup.remove();
  });

  cgroupTest(`${name}: rules for one device add up, and allow no other`, async () => {
    const ours = createCgroups({ parent: PARENT, layout });
    // /dev/fuse by halves, and making of anything.
    const devices = ['c 10:229 r', 'c 10:229 w', 'a *:* m'].flatMap(parseDeviceRule);
    const cgroup = ours.create({ containerId: 'rules', resources: {}, devices });
    using directory = tempDirectory();
    const node = (file: string) => join(directory.path, file);
    const script = `mknod ${node('fuse')} c 10 229; mknod ${node('kmsg')} c 1 11
      for file in fuse kmsg; do true <> ${directory.path}/$file && echo $file; done`;
    const shell = enter(cgroup, script);
    const [output] = await Promise.all([shell.stdout.setEncoding('utf8').toArray(), once(shell, 'exit')]);
    expect(output.join('')).toMatch(/^fuse\n.*kmsg: (Operation not permitted|Permission denied)\n$/);
    await cgroup.remove();
  });

  cgroupTest(`${name}: a privileged container may open any device`, async () => {
    const ours = createCgroups({ parent: PARENT, layout });
    const cgroup = ours.create({ containerId: 'privileged', resources: {}, devices: 'all' });
    using directory = tempDirectory();
    const node = join(directory.path, 'kmsg');
    const shell = enter(cgroup, `mknod ${node} c 1 11 && true < ${node} && echo opened`);
    const [output] = await Promise.all([shell.stdout.setEncoding('utf8').toArray(), once(shell, 'exit')]);
    expect(output.join('')).toBe('opened\n');
    await cgroup.remove();
  });

  cgroupTest(`${name}: frozen, killed, removed`, async () => {
    const ours = createCgroups({ parent: PARENT, layout });
    const cgroup = ours.create({ containerId: 'life', resources: {} });
    const shell = enter(cgroup, 'exec sleep 60');
    await waitFor(() => cgroup.pids().length === 1, { reason: 'the process is in' });
    await cgroup.freeze();
    expect(cgroup.isFrozen()).toBe(true);
    await Promise.all([cgroup.kill(), once(shell, 'exit')]);
    await cgroup.remove();
    expect(ours.list()).toEqual([]);
  });
}
