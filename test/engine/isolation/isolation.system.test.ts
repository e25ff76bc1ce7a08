// The report against what a process inside the container reads of itself.
import { readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect } from 'vitest';
import type { CreateContainerRequest } from '../../../src/engine/api/container-request.ts';
import type { ContainerHandle } from '../../../src/engine/api/engine-client.ts';
import type { IsolationReport } from '../../../src/engine/api/isolation-types.ts';
import { parseLimits, parseStatus } from '../../../src/engine/isolation/process-texts.ts';
import { parseMountinfo } from '../../../src/native/mountinfo.ts';
import { ENGINE, type EngineFixture, engineFixture, exec, IMAGE } from '../../support/engine-fixture.ts';
import { has, systemTest } from '../../support/requires.ts';

const NEEDS = [...ENGINE, 'seccomp'] as const;
const kernelTest = systemTest(...NEEDS);

let fixture: EngineFixture;
beforeAll(async () => {
  if (!NEEDS.every(has)) return;
  fixture = await engineFixture();
});
afterAll(async () => fixture?.[Symbol.asyncDispose]());

interface Box extends AsyncDisposable {
  readonly container: ContainerHandle;
  report(): Promise<IsolationReport>;
  /** What a shell in it prints. */
  sh(script: string): Promise<string>;
}

async function box(request: CreateContainerRequest): Promise<Box> {
  const { client } = fixture;
  const container = await client.createContainer({ Image: IMAGE, Cmd: ['sleep', '1000'], ...request });
  await container.start();
  return {
    container,
    report: async () => {
      const report = await client.gantry?.isolation(container.id);
      if (report === undefined) throw new Error('a local client has the extensions');
      return report;
    },
    sh: async (script) => (await exec(container, ['sh', '-c', script])).stdout.trimEnd(),
    [Symbol.asyncDispose]: async () => void (await container.remove({ force: true, v: true })),
  };
}

kernelTest('what the report says is what init reads of itself', async () => {
  await using it = await box({
    HostConfig: {
      Memory: 64 << 20,
      NanoCpus: 5e8,
      PidsLimit: 20,
      CapAdd: ['NET_ADMIN'],
      CapDrop: ['KILL'],
      SecurityOpt: ['no-new-privileges'],
      ReadonlyRootfs: true,
      Binds: ['/etc:/host-etc:ro'],
      Ulimits: [{ Name: 'nofile', Soft: 512, Hard: 512 }],
      OomScoreAdj: 200,
    },
  });
  const report = await it.report();

  const inside = Object.fromEntries(
    (await it.sh('for n in mnt pid net ipc uts cgroup user; do readlink /proc/1/ns/$n; done'))
      .split('\n')
      .map((line) => /^(\w+):\[(\d+)\]$/.exec(line)?.slice(1) ?? [])
      .map(([kind = '', inode]) => [kind, Number(inode)]),
  );
  for (const { Kind, Inode, Sharing } of report.Namespaces) {
    if (Kind === 'time') continue;
    expect(Inode, Kind).toBe(inside[Kind]);
    const host = Number(/\d+/.exec(readlinkSync(`/proc/self/ns/${Kind}`))?.[0]);
    expect(Sharing, Kind).toBe(Inode === host ? 'host' : 'private');
  }

  const status = parseStatus(await it.sh('cat /proc/1/status'));
  expect(report.Process.Capabilities).toEqual(status.capabilities);
  expect(report.Process.Capabilities.Effective).toContain('CAP_NET_ADMIN');
  expect(report.Process.Capabilities.Effective).not.toContain('CAP_KILL');
  expect(report.Process).toMatchObject({ NoNewPrivileges: true, OomScoreAdj: 200, Uids: status.uids });
  expect(report.Process.Limits).toEqual(parseLimits(await it.sh('cat /proc/1/limits')));
  expect(report.Process.Seccomp).toMatchObject({ Mode: 'filter', Filters: 1 });
  expect(report.Process.Seccomp.Instructions).toBeGreaterThan(300);
  expect(report.Process.Seccomp.Source).toMatch(/the only one/);

  // Every mount of the container is in the report once.
  const mounts = parseMountinfo(await it.sh('cat /proc/1/mountinfo')).map(({ target }) => target);
  const told = [
    ...report.Mounts.map(({ Target }) => Target),
    ...report.MaskedPaths,
    ...report.ReadonlyPaths,
    '/',
  ];
  expect(told.sort()).toEqual(mounts.sort());
  expect(report.ReadonlyPaths).toContain('/proc/sys');
  expect(report.MaskedPaths).toContain('/proc/keys');
  expect(await it.sh('cat /proc/keys | wc -c')).toBe('0');
  expect(report.Rootfs).toMatchObject({ Type: 'overlay', ReadOnly: true });
  const lower = report.Rootfs.Stack.filter(({ Role }) => Role === 'lower');
  const { RootFS } = await fixture.client.getImage(IMAGE).inspect();
  expect(lower.map(({ Layer }) => Layer)).toEqual(RootFS.Layers);

  const limits = new Map(
    report.Cgroups.flatMap(({ Limits }) => Limits).map(({ File, Value }) => [File, Value]),
  );
  const held = await it.sh(
    'cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/memory.max 2>/dev/null',
  );
  expect(held).toBe(String(64 << 20));
  expect(limits.get('memory.limit_in_bytes') ?? limits.get('memory.max')).toBe(held);
  expect(limits.get('pids.max')).toBe('20');
  expect(limits.get('cpu.max') ?? limits.get('cpu.cfs_quota_us')).toMatch(/^50000/);

  const eth0 = report.Network.find(({ Name }) => Name === 'eth0');
  expect(eth0?.Mac).toBe(await it.sh('cat /sys/class/net/eth0/address'));
  expect(await it.sh('ip -4 -o addr show eth0')).toContain(eth0?.Addresses[0]);
  expect(report.Devices.Kind === 'program' || report.Devices.Rules.includes('c 1:3 rwm')).toBe(true);
  expect(report.UidMap[0]).toMatchObject({ Inside: 0, Outside: 0 });
  expect(report.Differences).toEqual([]);
});

kernelTest('what is shared is told with whom', async () => {
  await using one = await box({ name: 'first', HostConfig: { IpcMode: 'shareable' } });
  await using two = await box({
    name: 'second',
    HostConfig: { NetworkMode: `container:${one.container.id}`, PidMode: 'host' },
  });
  const sharing = new Map((await two.report()).Namespaces.map((fact) => [fact.Kind, fact]));
  expect(sharing.get('net')).toMatchObject({ Sharing: 'container', With: ['first'] });
  expect(sharing.get('pid')).toMatchObject({ Sharing: 'host' });
  expect(sharing.get('mnt')).toMatchObject({ Sharing: 'private', With: [] });
  expect((await two.report()).Differences).toEqual([]);
});

kernelTest('a user namespace and a mount that came later are in it', async () => {
  await using it = await box({ HostConfig: { UsernsMode: 'auto', TimensMode: 'private' } });
  await fixture.client.gantry?.addMount(it.container.id, { Tmpfs: { '/later': '' } });
  const { Namespaces, UidMap, Mounts, Rootfs, Differences } = await it.report();
  const [inside, outside, count] = (await it.sh('cat /proc/self/uid_map')).trim().split(/\s+/).map(Number);
  expect(UidMap).toEqual([{ Inside: inside, Outside: outside, Count: count }]);
  expect(outside).toBeGreaterThan(0);
  expect(Namespaces.map(({ Kind, Sharing }) => `${Kind} ${Sharing}`)).toEqual(
    ['user', 'mnt', 'pid', 'net', 'ipc', 'uts', 'cgroup', 'time'].map((kind) => `${kind} private`),
  );
  expect(Mounts.map(({ Target }) => Target)).toContain('/later');
  const { RootFS } = await fixture.client.getImage(IMAGE).inspect();
  expect(Rootfs.Stack.flatMap(({ Layer = [] }) => Layer)).toEqual(RootFS.Layers);
  expect(Differences).toEqual([]);
});

kernelTest('what was asked for and is not so is a difference', async () => {
  await using it = await box({
    HostConfig: {
      Privileged: true,
      PidsLimit: 50,
      Ulimits: [{ Name: 'nofile', Soft: 2 ** 30, Hard: 2 ** 30 }],
    },
  });
  // Somebody takes a limit back behind our back, and one is clamped where this process may not raise it.
  const before = await it.report();
  const pids = before.Cgroups.find(({ Limits }) => Limits.some(({ File }) => File === 'pids.max'));
  const layout = (await fixture.engine.running()).cgroups.layout;
  const mount = layout.hierarchies.find(({ controllers }) => controllers.includes('pids'))?.mountPoint ?? '';
  writeFileSync(`${mount}${pids?.Path ?? ''}/pids.max`, '7');
  const { Differences, Process, Devices } = await it.report();
  expect(Differences).toContainEqual({ What: 'pids.max', Asked: '50', Got: '7' });
  const held = Process.Limits.find(({ Name }) => Name === 'Max open files');
  const clamped = Differences.find(({ What }) => What === 'ulimit nofile');
  if (held?.Hard === String(2 ** 30)) expect(clamped).toBeUndefined();
  else
    expect(clamped).toEqual({
      What: 'ulimit nofile',
      Asked: '1073741824:1073741824',
      Got: `${held?.Soft}:${held?.Hard}`,
    });
  // An engine without a capability can't hand it on, not even to a privileged container.
  const own = parseStatus(readFileSync('/proc/self/status', 'utf8')).capabilities.Bounding;
  const lacking = Differences.map(({ What }) => What).filter((what) => what.startsWith('CAP_'));
  expect(lacking.every((name) => !own.includes(name))).toBe(true);
  expect(Process.Seccomp.Mode).toBe('disabled');
  expect(Devices.Kind).toBe('none');
});

kernelTest('a limit of an ancestor that is lower is what counts', async () => {
  const layout = (await fixture.engine.running()).cgroups.layout;
  const hierarchy = layout.hierarchies.find(({ controllers }) => controllers.includes('pids'));
  await using it = await box({ HostConfig: { PidsLimit: 100 } });
  const parent = `${hierarchy?.mountPoint ?? ''}${process.env['GANTRY_CGROUP_PARENT'] ?? ''}/pids.max`;
  writeFileSync(parent, '60');
  try {
    const limits = (await it.report()).Cgroups.flatMap(({ Limits }) => Limits);
    expect(limits.find(({ File }) => File === 'pids.max')).toMatchObject({
      Value: '100',
      Lower: { Path: process.env['GANTRY_CGROUP_PARENT'], Value: '60' },
    });
    expect((await it.report()).Differences).toContainEqual({
      What: 'pids.max',
      Asked: '100',
      Got: `60, held by ${process.env['GANTRY_CGROUP_PARENT'] ?? ''}`,
    });
  } finally {
    writeFileSync(parent, 'max');
  }
});

kernelTest('network rates are those of the queueing disciplines', async () => {
  await using it = await box({ HostConfig: { NetworkRate: { In: 2_000_000, Out: 1_000_000 } } });
  const { Network, Differences } = await it.report();
  expect(Network.find(({ Name }) => Name === 'eth0')).toMatchObject({
    SendRate: 1_000_000,
    ReceiveRate: 2_000_000,
  });
  expect(Differences).toEqual([]);
});

kernelTest('a stopped container has nothing that the kernel could say', async () => {
  await using it = await box({});
  await it.container.stop({ t: 0 });
  await expect(it.report()).rejects.toMatchObject({
    statusCode: 409,
    message: /is not running: there is nothing/,
  });
});
