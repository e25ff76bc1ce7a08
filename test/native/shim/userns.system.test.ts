// A user namespace of the container's own, and mounts that seem to belong to others than they do on disk.
import {
  chmodSync,
  chownSync,
  copyFileSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect } from 'vitest';
import { launch } from '../../../src/native/shim/launcher.ts';
import type { BindIdmap, IdMaps, LaunchPlan, SetupOp } from '../../../src/native/shim/protocol.ts';
import { CLONE, setXattr } from '../../../src/native/syscalls.ts';
import { compileProgram } from '../../support/compile.ts';
import { systemTest } from '../../support/requires.ts';
import {
  DOCKER_CAPABILITIES,
  DOCKER_SETUP,
  NEW_NAMESPACES,
  SHIM,
  type PlanChanges,
  bind,
  containerPlan,
  create,
  execPlan,
  makeBench,
  run,
  shimEnded,
  withPidfd,
} from './support.ts';

const test = systemTest('root', 'busybox', 'overlay', 'programs');
const bench = makeBench();
afterAll(() => bench[Symbol.dispose]());

const script = (text: string) => ['sh', '-c', text];
const range = (outside: number): IdMaps['uids'] => [{ inside: 0, outside, count: 65_536 }];
const MAPS: IdMaps = { uids: range(1_000_000), gids: range(2_000_000) };

const rootfs = (idmap?: BindIdmap): SetupOp =>
  bind(bench.rootfs, '', { recursive: false, ...(idmap === undefined ? {} : { idmap }) });

function userPlan(changes: PlanChanges & { readonly mounts?: readonly SetupOp[] } = {}): LaunchPlan {
  return containerPlan(bench, {
    ...changes,
    setup: changes.setup ?? [rootfs('container'), ...DOCKER_SETUP, ...(changes.mounts ?? [])],
    plan: {
      namespaces: { unshare: NEW_NAMESPACES | CLONE.NEWUSER, join: [], fromPidfd: 0 },
      user: MAPS,
      ...changes.plan,
    },
  });
}

const output = async (plan: LaunchPlan) => {
  const { stdout, stderr } = await run(plan);
  return stdout + stderr;
};

const SYS_ADMIN = 1n << 21n;
const NET_ADMIN = 1n << 12n;
const withCapabilities = (more: bigint) => {
  const mask = DOCKER_CAPABILITIES | more;
  return { bounding: mask, effective: mask, permitted: mask, inheritable: 0n, ambient: 0n };
};

async function running(plan: LaunchPlan, work: (pid: number) => Promise<void>): Promise<void> {
  const box = await create(plan);
  box.shim.go();
  await box.shim.started;
  await work(box.shim.initPid);
  process.kill(box.shim.initPid, 'SIGKILL');
  await box.exit;
  await shimEnded(box.shim.shimPid);
}

test('init is root inside and another outside', async () => {
  expect(
    (await output(userPlan({ args: script('id -u; id -g; cat /proc/self/uid_map; hostname') }))).replaceAll(
      / +/g,
      ' ',
    ),
  ).toBe('0\n0\n 0 1000000 65536\nbox\n');
  await running(userPlan({ args: ['sleep', '1000'] }), async (pid) => {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    expect(status).toMatch(/^Uid:\t1000000\t1000000\t1000000\t1000000$/m);
    expect(status).toMatch(/^Gid:\t2000000\t2000000\t2000000\t2000000$/m);
    expect(readFileSync(`/proc/${pid}/gid_map`, 'utf8').trim().split(/\s+/)).toEqual([
      '0',
      '2000000',
      '65536',
    ]);
    for (const kind of ['user', 'net', 'mnt', 'pid', 'ipc', 'uts', 'cgroup'])
      expect(readlinkSync(`/proc/${pid}/ns/${kind}`), kind).not.toBe(readlinkSync(`/proc/self/ns/${kind}`));
  });
});

test('a user of the image is known by name and owns its output', async () => {
  const plan = userPlan({
    args: script(
      'id; cat /proc/self/status | grep Groups; echo said > /dev/stdout; ls -ln /proc/self/fd/1 | cut -c 1-10',
    ),
    process: { user: 'ada' },
  });
  expect(await output(plan)).toMatch(
    /^uid=1000\(ada\) gid=1001\(ada\) groups=10\(wheel\),44\(video\),1001\(ada\)\nGroups:\t.*\nsaid\n/,
  );
});

test('layers of an overlay are shown with the ids of the container and stay as they are on disk', async () => {
  using stage = makeBench();
  const base = stage.directory;
  const work = ['lower', 'upper', 'work', 'merged'].map((name) => join(base, name));
  for (const path of work) mkdirSync(path);
  const [lower = '', upper = '', workdir = '', rootfs = ''] = work;
  writeFileSync(join(lower, 'of-ada'), 'before\n');
  chownSync(join(lower, 'of-ada'), 1000, 1001);
  const overlay: SetupOp = {
    op: 'overlay',
    lowerdirs: [lower, stage.rootfs],
    upperdir: upper,
    workdir,
    target: '',
    options: [],
    base,
  };
  const plan = userPlan({
    args: script(
      'ls -ln /of-ada /bin/busybox | awk "{print \\$3, \\$4}"; echo x > /new; echo after >> /of-ada; rm /etc/group; mkdir /d; chown 7:8 /d; chmod 2775 /d',
    ),
    setup: [overlay, ...DOCKER_SETUP],
    plan: { rootfs },
  });
  expect(await output(plan)).toBe('0 0\n1000 1001\n');
  const owner = (name: string) => [lstatSync(join(upper, name)).uid, lstatSync(join(upper, name)).gid];
  expect(owner('new')).toEqual([0, 0]);
  expect(owner('of-ada')).toEqual([1000, 1001]);
  expect(owner('d')).toEqual([7, 8]);
  expect(lstatSync(join(upper, 'd')).mode & 0o7777).toBe(0o2775);
  expect(lstatSync(join(upper, 'etc/group')).isCharacterDevice()).toBe(true);
  expect(readFileSync(join(lower, 'of-ada'), 'utf8')).toBe('before\n');
  expect(readFileSync(join(upper, 'of-ada'), 'utf8')).toBe('before\nafter\n');
});

test('a bind is as on the host, and with an idmap as in the container', async () => {
  const data = join(bench.directory, 'data');
  mkdirSync(data);
  writeFileSync(join(data, 'secret'), 'root only\n', { mode: 0o600 });
  const inside = 'ls -ln /data/secret | awk "{print \\$3, \\$4}"; cat /data/secret; touch /data/made';
  const plain = await output(userPlan({ args: script(inside), mounts: [bind(data, '/data')] }));
  expect(plain).toContain('65534 65534\n');
  expect(plain).toMatch(/can't open '\/data\/secret': Permission denied/);
  expect(plain).toMatch(/\/data\/made: Permission denied/);
  const mapped = await output(
    userPlan({ args: script(inside), mounts: [bind(data, '/data', { idmap: 'container' })] }),
  );
  expect(mapped).toBe('0 0\nroot only\n');
  expect(lstatSync(join(data, 'made')).uid).toBe(0);
});

test('devices are nodes of the container, which it may use and not make', async () => {
  const plan = userPlan({
    args: script(
      'ls -ln /dev/null | awk "{print \\$1, \\$3, \\$5, \\$6}"; echo gone > /dev/null; head -c 3 /dev/zero | wc -c; busybox mknod /tmp/m c 1 3; cat /proc/mounts | grep -c " /dev/null "',
    ),
    process: { capabilities: withCapabilities(1n << 27n) },
  });
  expect(await output(plan)).toBe('crw-rw-rw- 0 1, 3\n3\n1\nmknod: /tmp/m: Operation not permitted\n');
});

test('more capabilities hold for what is its own: mounts, the network, nothing else', async () => {
  const inside = script(
    'mount -t tmpfs none /tmp && echo mounted; hostname other && hostname; echo 1 > /proc/sys/vm/drop_caches; cat /proc/sys/net/ipv4/ping_group_range',
  );
  const sysctl: SetupOp = { op: 'sysctl', key: 'net/ipv4/ping_group_range', value: '0 1000' };
  const setup = [rootfs('container'), ...DOCKER_SETUP.slice(0, 2), sysctl, ...DOCKER_SETUP.slice(2)];
  const plan = userPlan({
    args: inside,
    setup,
    process: { capabilities: withCapabilities(SYS_ADMIN | NET_ADMIN) },
  });
  const text = await output(plan);
  expect(text).toContain('mounted\nother\n');
  expect(text).toMatch(/drop_caches: (Permission denied|Read-only file system)/);
  expect(text).toMatch(/0\s+1000\n/);
});

test('a terminal is one of its own', async () => {
  const plan = userPlan({
    args: script('tty; ls -ln /dev/console | awk "{print \\$3}"; echo x > /dev/console'),
    stdio: { terminal: true },
  });
  expect(await output(plan)).toBe('/dev/pts/0\r\n0\r\nx\r\n');
});

test('an exec is in the user namespace too, as root and as a user', async () => {
  const flags = NEW_NAMESPACES | CLONE.NEWUSER;
  await running(userPlan({ args: ['sleep', '1000'] }), async (initPid) => {
    using pidfd = withPidfd(initPid);
    const inside = async (user: string) => {
      const namespaces = { unshare: 0, join: [], fromPidfd: flags };
      const args = script(
        'id -u; readlink /proc/self/ns/user; echo out > /dev/stdout; touch /tmp/by-$(id -u); pwd',
      );
      const plan = execPlan(bench, {
        args,
        process: { user, cwd: '/tmp' },
        plan: { namespaces, user: MAPS },
      });
      const { stdout, stderr } = await run(plan, { launch: { pidfd: pidfd.fd } });
      return stdout + stderr;
    };
    chmodSync(join(bench.rootfs, 'tmp'), 0o1777);
    const own = readlinkSync(`/proc/${initPid}/ns/user`);
    expect(await inside('')).toBe(`0\n${own}\nout\n/tmp\n`);
    expect(await inside('ada')).toBe(`1000\n${own}\nout\n/tmp\n`);
    expect(lstatSync(join(bench.rootfs, 'tmp/by-1000')).uid).toBe(1000);
  });
});

test('maps of its own: a bind without a user namespace, and one owned by the user', async () => {
  const data = join(bench.directory, 'own');
  mkdirSync(data);
  for (const [name, uid] of [
    ['a', 0],
    ['b', 500],
    ['c', 1000],
  ] as const) {
    writeFileSync(join(data, name), '');
    chownSync(join(data, name), uid, uid);
  }
  const inside = script('cd /data && ls -ln a b c | awk "{print \\$3}" | tr "\\n" " "; touch made');
  const explicit = { uids: [{ inside: 0, outside: 70, count: 600 }], gids: range(0), ownedByUser: false };
  const host = (idmap: BindIdmap, user = '') =>
    containerPlan(bench, {
      args: inside,
      process: { user },
      setup: [rootfs(), ...DOCKER_SETUP, bind(data, '/data', { idmap })],
    });
  expect(await output(host(explicit, '70'))).toBe('70 570 65534 ');
  expect(lstatSync(join(data, 'made')).uid).toBe(0);

  chownSync(data, 500, 500);
  const whole = [{ inside: 0, outside: 0, count: 0xffff_ffff }];
  const owned = { uids: whole, gids: whole, ownedByUser: true };
  rmSync(join(data, 'made'));
  expect(await output(host(owned, 'ada'))).toBe('0 1000 500 ');
  expect([lstatSync(join(data, 'made')).uid, lstatSync(join(data, 'made')).gid]).toEqual([500, 500]);

  rmSync(join(data, 'made'));
  const plan = userPlan({
    args: inside,
    process: { user: 'ada' },
    mounts: [bind(data, '/data', { idmap: { ...MAPS, ownedByUser: true } })],
  });
  expect(await output(plan)).toBe('0 1000 500 ');
  expect(lstatSync(join(data, 'made')).uid).toBe(500);
});

test('what can not be mapped is named, and nothing stays', async () => {
  const plan = userPlan({ mounts: [bind('/proc/self', '/data', { idmap: 'container' })] });
  await using shim = await launch({ shimPath: SHIM, plan });
  await expect(shim.started).rejects.toMatchObject({
    stage: 'mounts',
    operation: 'idmap',
    code: 'EINVAL',
    detail: '/proc/self',
  });
  await shimEnded(shim.shimPid);
});

test('a setuid program and one with file capabilities have what the image gives them', async () => {
  const bin = join(bench.rootfs, 'bin');
  compileProgram([join(import.meta.dirname, 'euid.c')], join(bin, 'suid'));
  chmodSync(join(bin, 'suid'), 0o4755);
  copyFileSync('/bin/busybox', join(bin, 'busybox-capable'));
  // struct vfs_cap_data, revision 2, effective: CAP_NET_RAW (13)
  const capability = Buffer.alloc(20);
  capability.writeUInt32LE(0x0200_0001, 0);
  capability.writeUInt32LE(1 << 13, 4);
  setXattr(join(bin, 'busybox-capable'), 'security.capability', capability);
  const plan = userPlan({
    args: script('suid; busybox-capable grep CapEff /proc/self/status'),
    process: { user: 'ada' },
  });
  expect(await output(plan)).toBe('0\nCapEff:\t0000000000002000\n');
});
