import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect } from 'vitest';
import { launch } from '../../../src/native/shim/launcher.ts';
import type { SetupOp } from '../../../src/native/shim/protocol.ts';
import { MS, mount, umount } from '../../../src/native/syscalls.ts';
import { systemTest } from '../../support/requires.ts';
import { waitFor } from '../../support/wait-for.ts';
import { deepOverlay } from './deep-overlay.ts';
import { DOCKER_SETUP, SHIM, bind, containerPlan, create, makeBench, run } from './support.ts';

const test = systemTest('root', 'shim', 'busybox', 'overlay');
const bench = makeBench();
afterAll(() => bench[Symbol.dispose]());

const script = (text: string) => ['sh', '-c', text];

/** A directory of the bench with one file in it. */
function source(name: string, content = name): string {
  const path = join(bench.directory, name);
  mkdirSync(path);
  writeFileSync(join(path, 'file'), content);
  return path;
}

/** Runs a script in a container with these ops after Docker's usual ones. */
async function inside(text: string, ...ops: readonly SetupOp[]): Promise<string> {
  const { stdout, stderr } = await run(
    containerPlan(bench, { args: script(text), setup: [...DOCKER_SETUP, ...ops] }),
  );
  return stdout + stderr;
}

test('masked files read as empty, masked directories as empty and read-only', async () => {
  const output = await inside(
    'wc -c < /proc/version; ls /sys/firmware | wc -l; touch /sys/firmware/x; chmod 0 /proc/version; stat -c %a /dev/null',
    { op: 'mask', target: '/proc/version' },
  );
  expect(output).toMatch(/^0\n0\n666\ntouch: .*Read-only file system\nchmod: .*Read-only file system\n$/);
});

test('read-only paths are, with everything below', async () => {
  expect(await inside('echo 1 > /proc/sys/vm/swappiness')).toContain('Read-only file system');
});

test('the rootfs can be made read-only, what is mounted on it stays as it is', async () => {
  const output = await inside('touch /x; touch /dev/shm/y && echo fine', {
    op: 'remountRoot',
    readonly: true,
  });
  expect(output).toContain('fine');
  expect(output).toContain('/x: Read-only file system');
});

test('binds: directories, files, read-only with what is mounted below, restricted', async () => {
  const data = source('data');
  mkdirSync(join(data, 'below'));
  mount({ source: 'tmpfs', target: join(data, 'below'), type: 'tmpfs', flags: 0, data: '' });
  try {
    const output = await inside(
      'cat /data/file /one; touch /data/x; touch /data/below/x; echo rw > /one; cp /bin/busybox /data/b; grep -E " /(one|ne) " /proc/self/mountinfo | cut -d" " -f6',
      bind(data, '/data', { readonly: true }),
      bind(join(data, 'file'), '/one', { recursive: false }),
      bind(join(data, 'file'), '/ne', { nosuid: true, nodev: true, noexec: true }),
    );
    expect(output).toContain('datadata');
    expect(output).toContain('/data/x: Read-only file system');
    expect(output).toContain('/data/below/x: Read-only file system');
    expect(readFileSync(join(data, 'file'), 'utf8')).toBe('rw\n');
  } finally {
    umount(join(data, 'below'));
  }
});

test('nothing that is mounted inside appears outside', async () => {
  const before = readFileSync('/proc/self/mountinfo', 'utf8');
  const box = await create(containerPlan(bench, { args: ['sleep', '1000'] }));
  await box.shim.ready;
  expect(readFileSync('/proc/self/mountinfo', 'utf8')).toBe(before);
  expect(readFileSync(`/proc/${box.shim.initPid}/mountinfo`, 'utf8')).not.toContain(bench.directory + '/run');
  await box.shim[Symbol.asyncDispose]();
  await box.exit;
});

test('an rslave bind receives what the host mounts later, an rprivate one does not, an rshared one gives back', async () => {
  const shared = source('shared');
  mount({ source: shared, target: shared, type: '', flags: MS.BIND, data: '' });
  mount({ source: '', target: shared, type: '', flags: MS.SHARED, data: '' });
  for (const name of ['later', 'back']) mkdirSync(join(shared, name));
  try {
    const plan = containerPlan(bench, {
      args: script(
        'read x; ls /slave/later /private/later; mount -t tmpfs none /peer/back && touch /peer/back/seen; read x',
      ),
      stdio: { openStdin: true },
      setup: [
        ...DOCKER_SETUP,
        bind(shared, '/slave', { propagation: 'rslave' }),
        bind(shared, '/private'),
        bind(shared, '/peer', { propagation: 'rshared' }),
      ],
      process: {
        capabilities: {
          bounding: ~0n & 0xffffffffffffffffn,
          effective: 0xffffffffffffffffn,
          permitted: 0xffffffffffffffffn,
          inheritable: 0n,
          ambient: 0n,
        },
      },
    });
    const box = await create(plan);
    box.shim.go();
    await box.shim.started;
    mount({ source: 'tmpfs', target: join(shared, 'later'), type: 'tmpfs', flags: 0, data: '' });
    writeFileSync(join(shared, 'later', 'new'), '');
    box.client.write(Buffer.from('\n'));
    await waitFor(() => existsSync(join(shared, 'back', 'seen')), {
      reason: 'a mount in the rshared bind reaches the host',
    });
    box.client.write(Buffer.from('\n'));
    await box.exit;
    expect(box.stdout()).toBe('/private/later:\n\n/slave/later:\nnew\n');
    umount(join(shared, 'back'));
    umount(join(shared, 'later'));
  } finally {
    umount(shared, 2);
  }
});

test('targets through symbolic links stay inside the rootfs', async () => {
  const data = source('escape');
  const outside = join(bench.directory, 'outside');
  mkdirSync(outside);
  const climb = `../../../../../../../..${outside}`;
  symlinkSync(outside, join(bench.rootfs, 'absolute'));
  symlinkSync(climb, join(bench.rootfs, 'climbing'));
  symlinkSync('../../../../etc/../nowhere/yet', join(bench.rootfs, 'dangling'));
  symlinkSync('/proc/self/root/tmp', join(bench.rootfs, 'magic'));
  const output = await inside(
    `cat /absolute/in/file /climbing/too/file /dangling/file; readlink -f /dangling; cat /absolute/text`,
    bind(data, '/absolute/in'),
    bind(data, '/climbing/too'),
    bind(data, '/dangling'),
    bind(data, `/${climb}/lexical`),
    { op: 'file', target: '/absolute/text', content: Buffer.from('text'), mode: 0o600 },
    { op: 'mkdir', target: '/climbing/made', mode: 0o700, uid: 0, gid: 0 },
  );
  expect(output).toBe('escapeescapeescape/nowhere/yet\ntext');
  expect(execFileSync('ls', ['-A', outside], { encoding: 'utf8' })).toBe('');
  expect(existsSync(join(bench.rootfs, outside, 'lexical'))).toBe(true);
});

test('a symbolic link in place of /proc is refused', async () => {
  symlinkSync('tmp', join(bench.rootfs, 'procedure'));
  const setup: SetupOp[] = [
    { op: 'mount', type: 'proc', source: 'proc', target: '/procedure', flags: 0, data: '' },
  ];
  const box = await launch({ shimPath: SHIM, plan: containerPlan(bench, { setup }) });
  await expect(box.ready).rejects.toMatchObject({ stage: 'mounts', code: 'ELOOP' });
});

test('directories, links, nodes and files are made as told', async () => {
  const output = await inside(
    'stat -c "%a %u:%g %n" /made /made/below; readlink /link; stat -c "%t:%T %a %u" /dev/special; cat /text; stat -c %a /text; hostname',
    { op: 'mkdir', target: '/made/below', mode: 0o1770, uid: 7, gid: 8 },
    { op: 'symlink', target: '/link', linkTo: '/else/where' },
    { op: 'mknod', target: '/dev/special', mode: 0o020640, major: 1, minor: 5, uid: 9, gid: 0 },
    { op: 'file', target: '/text', content: Buffer.from('line\n'), mode: 0o4750 },
  );
  expect(output).toBe('755 0:0 /made\n1770 7:8 /made/below\n/else/where\n1:5 640 9\nline\n4750\nbox\n');
});

test('sysctls of the new namespaces are set, the host’s stay', async () => {
  const before = readFileSync('/proc/sys/kernel/shmmax', 'utf8');
  const output = await inside(
    'cat /proc/sys/kernel/shmmax /proc/sys/net/ipv4/ip_unprivileged_port_start',
    { op: 'sysctl', key: 'kernel/shmmax', value: '12345' },
    { op: 'sysctl', key: 'net/ipv4/ip_unprivileged_port_start', value: '7' },
  );
  expect(output).toBe('12345\n7\n');
  expect(readFileSync('/proc/sys/kernel/shmmax', 'utf8')).toBe(before);
});

test('a rootfs of 120 layers with long paths, and awkward characters, is put together', async () => {
  using overlay = deepOverlay('l'.repeat(200), 'm'.repeat(200));
  expect((await run(overlay.plan)).stdout).toBe(overlay.expected);
  expect(readFileSync(overlay.made, 'utf8')).toBe('new\n');
});

test('what the kernel says about an overlay reaches the error', async () => {
  const overlay: SetupOp = {
    op: 'overlay',
    lowerdirs: [bench.rootfs],
    upperdir: join(bench.directory, 'none'),
    workdir: '/tmp',
    target: '',
    options: [],
  };
  const shim = await launch({ shimPath: SHIM, plan: containerPlan(bench, { setup: [overlay] }) });
  await expect(shim.ready).rejects.toThrow(/none/);
});
