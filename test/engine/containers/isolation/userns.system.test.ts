// User namespaces as a user of the engine has them; what the shim makes of a plan is shown in native/shim.
import { execFile } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  lstatSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { buffer as bytes } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect } from 'vitest';
import type { CreateContainerRequest } from '../../../../src/engine/api/container-request.ts';
import type { ContainerHandle } from '../../../../src/engine/api/engine-client.ts';
import { isAtLeast } from '../../../../src/native/kernel-release.ts';
import { setXattr } from '../../../../src/native/syscalls.ts';
import {
  ENGINE,
  type EngineFixture,
  engineFixture,
  exec,
  IMAGE,
  run,
} from '../../../support/engine-fixture.ts';
import { tarList, tarOf } from '../../../support/archive-subjects.ts';
import { has, systemTest } from '../../../support/requires.ts';
import { fileCapability } from '../../../support/test-image.ts';
import { tempDirectory } from '../../../support/temp-root.ts';
import { waitFor } from '../../../support/wait-for.ts';

const test = systemTest(...ENGINE);

let fixture: EngineFixture;
beforeAll(async () => {
  if (ENGINE.every(has)) fixture = await engineFixture();
});
afterAll(async () => fixture?.[Symbol.asyncDispose]());

type HostConfig = CreateContainerRequest['HostConfig'];
const sh = (text: string) => ['sh', '-c', text];
const auto = { UsernsMode: 'auto' };

const sleeper = async (hostConfig: HostConfig = auto, more: CreateContainerRequest = {}) =>
  await fixture.client.createContainer({
    Image: IMAGE,
    Cmd: ['sleep', '1000'],
    HostConfig: hostConfig,
    ...more,
  });

async function started(hostConfig?: HostConfig, more?: CreateContainerRequest): Promise<ContainerHandle> {
  const container = await sleeper(hostConfig, more);
  await container.start();
  return container;
}

const pidOf = async (container: ContainerHandle) => (await container.inspect()).State.Pid;

/** What the kernel has: inside, outside, count. */
async function mapOf(container: ContainerHandle, file = 'uid_map'): Promise<number[]> {
  const text = readFileSync(`/proc/${await pidOf(container)}/${file}`, 'utf8');
  return text.trim().split(/\s+/).map(Number);
}

test('auto: a range of its own, root inside and nobody of the host outside', async () => {
  const container = await started();
  const [inside, outside = 0, count] = await mapOf(container);
  expect([inside, count]).toEqual([0, 65_536]);
  expect(outside).toBeGreaterThanOrEqual(0x7000_0000);
  const status = readFileSync(`/proc/${await pidOf(container)}/status`, 'utf8');
  expect(status).toContain(`Uid:\t${outside}\t${outside}\t${outside}\t${outside}\n`);
  const { UserNamespace, HostConfig } = await container.inspect();
  expect(UserNamespace?.UidMap).toEqual([{ ContainerID: 0, HostID: outside, Size: 65_536 }]);
  expect(HostConfig.UsernsMode).toBe('auto');
  expect((await exec(container, sh('id; cat /proc/self/uid_map'))).stdout.replaceAll(/ +/g, ' ')).toBe(
    `uid=0(root) gid=0(root) groups=0(root)\n 0 ${outside} 65536\n`,
  );
  expect((await exec(container, sh('id -u; echo x > /dev/stdout'), { User: '1000:1000' })).stdout).toBe(
    '1000\nx\n',
  );
  await container.remove({ force: true });
});

test('what root writes belongs to 0 on disk, whoever reads it', async () => {
  const { client, engine } = fixture;
  await client.createVolume({ Name: 'shared-data' });
  const volume = client.getVolume('shared-data');
  const binds = { ...auto, Binds: ['shared-data:/data'] };
  const first = await started(binds, { User: '0' });
  await exec(first, sh('echo root > /data/of-root; touch /data/of-33 /x; chown 33:34 /data/of-33'));
  const directory = (await volume.inspect()).Mountpoint;
  const owner = (path: string) => [lstatSync(path).uid, lstatSync(path).gid];
  expect(owner(join(directory, 'of-root'))).toEqual([0, 0]);
  expect(owner(join(directory, 'of-33'))).toEqual([33, 34]);
  const rootfs = (await engine.storage()).rootfs(first.id);
  expect(owner(join('upperdir' in rootfs ? rootfs.upperdir : '', 'x'))).toEqual([0, 0]);

  const second = await started(binds);
  expect((await mapOf(second))[1]).not.toBe((await mapOf(first))[1]);
  const list = sh('ls -ln /data | tail -n +2 | awk "{print \\$3, \\$4, \\$9}"; cat /data/of-root');
  const expected = '33 34 of-33\n0 0 of-root\nroot\n';
  expect((await exec(second, list)).stdout).toBe(expected);
  // And without a user namespace.
  const third = await run(client, list, { HostConfig: { Binds: binds.Binds } });
  expect(third.stdout).toBe(expected);
  for (const { id } of [first, second, third]) await client.getContainer(id).remove({ force: true });
  await volume.remove();
});

test('the range stays over stop, start and the death of the monitor, and is free after rm', async () => {
  const container = await started();
  const range = await mapOf(container);
  await container.stop({ t: 0 });
  await container.start();
  expect(await mapOf(container)).toEqual(range);
  const { state } = fixture.engine.store.get(container.id);
  if (state.status !== 'running') throw new Error('it runs');
  process.kill(state.monitor.pid, 'SIGKILL');
  await waitFor(() => !existsSync(`/proc/${state.init.pid}/ns/user`), {
    reason: 'init goes with its monitor',
  });
  await container.start();
  expect(await mapOf(container)).toEqual(range);
  const other = await started();
  expect(await mapOf(other)).not.toEqual(range);
  await container.remove({ force: true });
  const next = await started();
  expect(await mapOf(next)).toEqual(range);
  for (const one of [other, next]) await one.remove({ force: true });
});

test('processes that create at the same moment get disjoint ranges', async () => {
  const main = join(import.meta.dirname, '../../../../dist/main.js');
  const flags = [
    '--disable-warning=ExperimentalWarning',
    main,
    '--root',
    fixture.root,
    '--run-root',
    fixture.runRoot,
  ];
  const create = [...flags, 'create', '--userns', 'auto:size=1000', IMAGE, 'true'];
  const results = await Promise.all(
    Array.from({ length: 4 }, async () => await promisify(execFile)(process.execPath, create)),
  );
  const containers = results.map(({ stdout }) => fixture.client.getContainer(stdout.trim()));
  const starts = await Promise.all(
    containers.map(async (one) => (await one.inspect()).UserNamespace?.UidMap[0]?.HostID ?? 0),
  );
  const sorted = starts.toSorted((a, b) => a - b);
  for (const [index, start] of sorted.slice(1).entries())
    expect(start - (sorted[index] ?? 0)).toBeGreaterThanOrEqual(1000);
  for (const one of containers) await one.remove();
});

test('a range that is named, and the ids of the caller', async () => {
  const fixed = await started({ UsernsMode: '300000:400000:1000' });
  expect(await mapOf(fixed)).toEqual([0, 300_000, 1000]);
  expect(await mapOf(fixed, 'gid_map')).toEqual([0, 400_000, 1000]);
  await fixed.remove({ force: true });

  process.env['SUDO_UID'] = '1234';
  process.env['SUDO_GID'] = '1235';
  try {
    const kept = await started({ UsernsMode: 'keep-id' });
    const map = await mapOf(kept);
    expect([map.slice(0, 1), map.slice(3, 6)]).toEqual([[0], [1234, 1234, 1]]);
    expect((await exec(kept, ['id'])).stdout).toBe('uid=1234 gid=1235 groups=1235\n');
    const status = readFileSync(`/proc/${await pidOf(kept)}/status`, 'utf8');
    expect(status).toMatch(/^Uid:\t1234\t/m);
    await kept.remove({ force: true });
  } finally {
    delete process.env['SUDO_UID'];
    delete process.env['SUDO_GID'];
  }
  await expect(sleeper({ UsernsMode: 'keep-id' })).rejects.toThrow(/keep-id keeps the ids of the user/);
});

test('GANTRY_USERNS is the default, and host overrules it', async () => {
  process.env['GANTRY_USERNS'] = 'auto';
  try {
    const container = await started({});
    expect((await mapOf(container))[2]).toBe(65_536);
    await container.remove({ force: true });
    const { stdout } = await run(fixture.client, ['cat', '/proc/self/uid_map'], {
      HostConfig: { UsernsMode: 'host' },
    });
    expect(stdout.trim().split(/\s+/)).toEqual(['0', '0', '4294967295']);
  } finally {
    delete process.env['GANTRY_USERNS'];
  }
});

test('what does not go together is refused in the words of Docker', async () => {
  const refusals: [HostConfig, RegExp][] = [
    [{ ...auto, Privileged: true }, /^privileged mode is incompatible with user namespaces/],
    [
      { ...auto, NetworkMode: 'host' },
      /^cannot share the host's network namespace when user namespaces are enabled$/,
    ],
    [{ ...auto, PidMode: 'host' }, /^cannot share the host PID namespace when user namespaces are enabled$/],
    [{ UsernsMode: 'nonsense' }, /^invalid USER mode "nonsense"; there are host, auto/],
    [{ UsernsMode: 'auto:size=0' }, /^invalid USER mode "auto:size=0": ids go from 0/],
    [{ UsernsMode: '4294967000:0:1000' }, /^invalid USER mode/],
    [
      { Binds: ['/tmp:/t:idmap'] },
      /^invalid mode for \/t: idmap means the container's user namespace, and it has none/,
    ],
    [{ Binds: ['/tmp:/t:idmap=uids=0-1'] }, /"0-1" is not DISK-SHOWN-COUNT/],
    [{ Binds: ['/tmp:/t:U,idmap'] }, /^invalid mode: U,idmap$/],
  ];
  const before = await fixture.client.listContainers({ all: true });
  for (const [hostConfig, words] of refusals)
    await expect(sleeper(hostConfig), JSON.stringify(hostConfig)).rejects.toThrow(words);
  expect(await fixture.client.listContainers({ all: true })).toHaveLength(before.length);
});

test('namespaces of another container are shared together with its user namespace, or not at all', async () => {
  const { client } = fixture;
  const first = await started({ ...auto, IpcMode: 'shareable' });
  const shared = `container:${first.id}`;
  const inside = sh(
    'id -u; cat /proc/self/uid_map; ip -o addr | grep -c eth0; touch /dev/shm/x; ps | grep -c "[s]leep 1000"',
  );
  const all = { NetworkMode: shared, PidMode: shared, IpcMode: shared };
  const { stdout } = await run(client, inside, { HostConfig: all });
  expect(stdout.replaceAll(/ +/g, ' ')).toBe(`0\n 0 ${(await mapOf(first))[1]} 65536\n1\n1\n`);
  expect((await exec(first, ['ls', '/dev/shm'])).stdout).toBe('x\n');
  await expect(sleeper({ ...auto, NetworkMode: shared })).rejects.toThrow(
    /^conflicting options: the network namespace of container \S+ can only be shared from its own user namespace; leave --userns away/,
  );
  await first.remove({ force: true });
  const host = await started({});
  await expect(sleeper({ ...auto, PidMode: `container:${host.id}` })).rejects.toThrow(
    /^conflicting options: the pid namespace of container \S+ can only be .*; say --userns host$/,
  );
  await host.remove({ force: true });
});

test('binds: nobody knows the owner, unless the mount says who he is', async () => {
  using temp = tempDirectory();
  chmodSync(temp.path, 0o755);
  const secret = join(temp.path, 'secret');
  writeFileSync(secret, 'for root\n', { mode: 0o600 });
  const look = sh('ls -ln /d | tail -n +2 | awk "{print \\$3}"; cat /d/secret; touch /d/made && echo made');
  const seen = async (mode: string, hostConfig: HostConfig = auto, more: CreateContainerRequest = {}) => {
    const { stdout, stderr } = await run(fixture.client, look, {
      HostConfig: { ...hostConfig, Binds: [`${temp.path}:/d${mode}`] },
      ...more,
    });
    return stdout + stderr;
  };
  expect(await seen('')).toMatch(/^65534\n.*Permission denied\n.*Permission denied\n$/s);
  expect(await seen(':idmap')).toBe('0\nfor root\nmade\n');
  expect(await seen(':ro,idmap')).toMatch(/^0\n0\nfor root\n.*Read-only file system\n$/s);

  for (const name of [temp.path, secret, join(temp.path, 'made')]) chownSync(name, 500, 500);
  expect(await seen(':U', auto, { User: '1000' })).toBe('1000\n1000\nfor root\nmade\n');
  expect(await seen(':U', {}, { User: '1000:1000' })).toBe('1000\n1000\nfor root\nmade\n');
  expect(await seen(':idmap=uids=500-7-1;gids=500-7-1', {}, { User: '7:7' })).toBe('7\n7\nfor root\nmade\n');
  expect(await seen(':idmap=uids=@500-7-1;gids=@500-7-1', auto, { User: '7:7' })).toBe(
    '7\n7\nfor root\nmade\n',
  );
  expect(lstatSync(secret).uid).toBe(500);
});

test('a place that cannot be mapped is named, with what its file system lacks', async () => {
  const container = await sleeper({ ...auto, Binds: ['/proc/sys/kernel:/k:idmap'] });
  await expect(container.start()).rejects.toThrow(
    /^failed to create task for container: the owners of \/proc\/sys\/kernel cannot be mapped: its file system \(proc\) has no idmapped mounts/,
  );
  await container.remove({ force: true });
});

test('cp, both ways, running and stopped: owners are the ids of the container', async () => {
  const container = await started({ ...auto, Binds: ['copied:/v'] });
  await exec(container, sh('mkdir /out /home; echo x > /out/a; echo y > /out/b; chown 33:34 /out/b'));
  const owners = (tar: Buffer) =>
    tarList(tar, '-v', '--numeric-owner').map((line) => line.replace(/^\S+ +(\S+) .* (\S+)$/, '$1 $2'));
  const expected = ['0/0 out/', '0/0 out/a', '33/34 out/b'];
  const tar = await bytes(await container.getArchive({ path: '/out' }));
  expect(owners(tar)).toEqual(expected);
  for (const path of ['/root', '/v']) await container.putArchive(tar, { path });
  const list = sh('stat -c "%u/%g %n" /root/out/* /v/out/*');
  expect((await exec(container, list)).stdout).toBe(
    '0/0 /root/out/a\n33/34 /root/out/b\n0/0 /v/out/a\n33/34 /v/out/b\n',
  );
  await container.stop({ t: 0 });
  expect(owners(await bytes(await container.getArchive({ path: '/root/out' })))).toEqual(expected);
  await container.putArchive(tar, { path: '/home' });
  await container.start();
  expect((await exec(container, sh('stat -c "%u/%g" /home/out/b'))).stdout).toBe('33/34\n');
  await container.remove({ force: true });
});

const CAP_NET_RAW = 13;

test('cp, both ways, running and stopped: capabilities of files are worth in the container what they say', async () => {
  using temp = tempDirectory();
  const program = join(temp.path, 'grep');
  copyFileSync('/bin/busybox', program);
  setXattr(program, 'security.capability', fileCapability(CAP_NET_RAW));
  const tar = tarOf(temp.path, '--xattrs-include=*', 'grep');
  const inTar = Buffer.concat([
    Buffer.from('SCHILY.xattr.security.capability='),
    fileCapability(CAP_NET_RAW),
    Buffer.from('\n'),
  ]);
  expect(tar.includes(inTar)).toBe(true);

  const container = await started({ ...auto, Binds: ['capable:/v'] });
  await exec(container, ['mkdir', '-p', '/home', '/srv']);
  const held = async (path: string) =>
    (await exec(container, [path, 'CapPrm', '/proc/self/status'], { User: '1000' })).stdout;
  const comesOut = async (path: string) =>
    (await bytes(await container.getArchive({ path }))).includes(inTar);
  for (const directory of ['/home', '/v']) {
    await container.putArchive(tar, { path: directory });
    expect(await held(`${directory}/grep`)).toBe('CapPrm:\t0000000000002000\n');
    expect(await comesOut(`${directory}/grep`)).toBe(true);
  }
  await container.stop({ t: 0 });
  await container.putArchive(tar, { path: '/srv' });
  for (const directory of ['/home', '/srv']) expect(await comesOut(`${directory}/grep`)).toBe(true);
  await container.start();
  for (const directory of ['/home', '/srv', '/v'])
    expect(await held(`${directory}/grep`), directory).toBe('CapPrm:\t0000000000002000\n');
  await container.remove({ force: true });
});

test('mounts on a running container have the owners that run would give them', async () => {
  using temp = tempDirectory();
  chmodSync(temp.path, 0o755);
  writeFileSync(join(temp.path, 'secret'), 'for root\n', { mode: 0o600 });
  const { gantry } = fixture.client;
  const add = async (container: ContainerHandle, bind: string) =>
    await gantry?.addMount(container.id, { Binds: [bind] });
  const look = async (container: ContainerHandle) =>
    (await exec(container, sh('stat -c %u /live/secret; cat /live/secret; touch /live/made && echo made')))
      .stdout;

  const own = await started({ ...auto, ReadonlyRootfs: true });
  await add(own, `${temp.path}:/live`);
  expect(await look(own)).toBe('65534\n');
  await gantry?.removeMount(own.id, { target: '/live' });
  await add(own, `${temp.path}:/live:idmap`);
  expect(await look(own)).toBe('0\nfor root\nmade\n');
  expect(lstatSync(join(temp.path, 'made')).uid).toBe(0);
  await add(own, 'live-data:/data');
  await exec(own, sh('touch /data/x'));
  const [data] = (await own.inspect()).Mounts.filter(({ Destination }) => Destination === '/data');
  expect(lstatSync(join(data?.Source ?? '', 'x')).uid).toBe(0);

  for (const hostConfig of [auto, {}]) {
    const user = await started(hostConfig, { User: '1000' });
    await add(user, `${temp.path}:/live:U`);
    expect(await look(user)).toBe('1000\nfor root\nmade\n');
    await user.remove({ force: true });
  }
  await expect(add(own, '/proc/sys/kernel:/k:idmap')).rejects.toThrow(
    /^cannot mount on \/k: the owners of \/proc\/sys\/kernel cannot be mapped: its file system \(proc\)/,
  );
  await own.remove({ force: true });
});

test('a storage driver that copies is shown with the ids of the container too', async () => {
  process.env['GANTRY_STORAGE_DRIVER'] = 'vfs';
  try {
    await using vfs = await engineFixture();
    const { id, stdout } = await run(vfs.client, sh('touch /x; stat -c %u /x /bin'), { HostConfig: auto });
    expect(stdout).toBe('0\n0\n');
    const rootfs = (await vfs.engine.storage()).rootfs(id);
    expect(lstatSync(join('source' in rootfs ? rootfs.source : '', 'x')).uid).toBe(0);
  } finally {
    delete process.env['GANTRY_STORAGE_DRIVER'];
  }
});

test('top shows the ids of the container', async () => {
  const container = await started(auto, { User: '1000' });
  const { Processes } = await container.top({ ps_args: '-o uid,gid,args' });
  expect(Processes).toEqual([['1000', '1000', 'sleep 1000']]);
  await container.remove({ force: true });
});

test('ports, tmpfs, read-only and more capabilities work behind the wall', async () => {
  const { stdout, stderr } = await run(
    fixture.client,
    sh(
      'cat /proc/sys/net/ipv4/ping_group_range /proc/sys/net/ipv4/ip_unprivileged_port_start; touch /x; touch /t/x && echo tmp; ip link add dummy0 type dummy; ip link set lo down && echo own; mount -t tmpfs none /t && echo mounted',
    ),
    {
      HostConfig: {
        ...auto,
        ReadonlyRootfs: true,
        Tmpfs: { '/t': '' },
        CapAdd: ['NET_ADMIN', 'SYS_ADMIN'],
      },
    },
  );
  expect(stdout.replaceAll('\t', ' ')).toBe('0 65535\n0\ntmp\nown\nmounted\n');
  expect(stderr).toContain('/x: Read-only file system');
});

test('a sysctl is set, or it is told which one the kernel keeps from user namespaces', async () => {
  const outcome = async (key: string, value: string): Promise<string> => {
    const path = `/proc/sys/${key.replaceAll('.', '/')}`;
    const hostConfig = { ...auto, Sysctls: { [key]: value } };
    try {
      return (await run(fixture.client, ['cat', path], { HostConfig: hostConfig })).stdout.trim();
    } catch (error) {
      return String(error);
    }
  };
  const release = readFileSync('/proc/sys/kernel/osrelease', 'utf8').trim();
  expect(await outcome('net.ipv4.ip_unprivileged_port_start', '80')).toBe('80');
  for (const [key, value] of [
    ['net.core.somaxconn', '77'],
    ['kernel.shmmax', '1000000'],
  ] as const) {
    const kept = `sysctl ${key} may not be written from a user namespace in Linux ${release}`;
    expect(await outcome(key, value)).toMatch(
      isAtLeast(release, '6.10') ? new RegExp(`^${value}$`) : new RegExp(`^${value}$|${kept}`),
    );
  }
  expect(await outcome('net.core.nonsense', '1')).toMatch(/net\/core\/nonsense.*no such file/i);
});
