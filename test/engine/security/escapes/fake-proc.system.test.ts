// /proc that is not where it seems to be, and mounts that are led astray (as in CVE-2019-19921, CVE-2019-16884, CVE-2023-28642,
// CVE-2025-31133, CVE-2025-52565, CVE-2025-52881).
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import { type EngineFixture, IMAGE, engineFixture, exec, run } from '../../../support/engine-fixture.ts';
import { systemTest } from '../../../support/requires.ts';
import type { ImageConfig, LayerEntry } from '../../../support/test-image.ts';
import { NEEDS, hostileImage, sh, start } from './attacks.ts';

const test = systemTest(...NEEDS);
let fixture: EngineFixture;

beforeAll(async () => {
  fixture = await engineFixture();
});
afterAll(() => fixture[Symbol.asyncDispose]());

const image = (name: string, entries: readonly LayerEntry[], config: ImageConfig = {}) =>
  hostileImage(fixture, { name, entries, config });
const link = (name: string, linkname: string): LayerEntry => ({
  name,
  type: 'symlink',
  linkname,
  mode: 0o777,
});

test('an image whose /proc or /sys is a link is not started', async () => {
  for (const [name, to] of [
    ['proc', '/tmp'],
    ['proc', 'tmp'],
    ['sys', '/etc'],
  ] as const) {
    const Image = await image(`linked-${name}-${to.replace('/', '')}`, [link(name, to)]);
    await expect(run(fixture.client, ['true'], { Image })).rejects.toThrow('ELOOP');
  }
});

const INSIDE = /cannot be mounted because it is (inside \/proc|not of type proc)/;

test('a volume can’t be put in the place of /proc, by an image or by name', async () => {
  const Image = await image('volume-proc', [], { Volumes: { '/proc': {} } });
  await expect(run(fixture.client, ['true'], { Image })).rejects.toThrow(INSIDE);
  for (const target of ['/proc', '/proc/sys/kernel', '/proc/self/attr', '/./proc/../proc/1'])
    await expect(
      run(fixture.client, ['true'], { HostConfig: { Binds: [`fake:${target}`] } }),
      target,
    ).rejects.toThrow(INSIDE);
  // What shows a container its own share of the machine may be mounted, as with runc.
  writeFileSync(join(fixture.root, 'uptime'), 'mine\n');
  const Binds = [`${join(fixture.root, 'uptime')}:/proc/uptime:ro`];
  expect((await run(fixture.client, ['cat', '/proc/uptime'], { HostConfig: { Binds } })).stdout).toBe(
    'mine\n',
  );
});

const REFUSED = /because it is inside \/proc|EPERM/;

test('nor by a link of the image or of a volume that leads there', async () => {
  const Image = await image('link-into-proc', [
    link('kernel', '/proc/sys/kernel'),
    link('firmware', '../../sys/kernel'),
    link('indirect', 'kernel'),
  ]);
  for (const target of ['/kernel', '/indirect', '/kernel/keys', '/firmware'])
    await expect(
      run(fixture.client, ['true'], { Image, HostConfig: { Binds: [`fake:${target}`] } }),
      target,
    ).rejects.toThrow(REFUSED);
  await expect(run(fixture.client, ['true'], { Image, Volumes: { '/kernel': {} } })).rejects.toThrow(REFUSED);
});

const MASKED = sh('cat /proc/keys /proc/timer_list /proc/kcore 2>/dev/null | wc -c; stat -c %t:%T /dev/null');

test('masks are made of a real null device, whatever lies at /dev/null', async () => {
  // A /dev of the attacker's, with something else in each place that a runtime reaches for.
  const dev = join(fixture.root, 'dev');
  for (const target of ['/etc/passwd', '/proc/sys/kernel/core_pattern', '/proc/sysrq-trigger']) {
    mkdirSync(dev, { recursive: true });
    symlinkSync(target, join(dev, 'null'));
    const HostConfig = { Binds: [`${dev}:/dev`] };
    const { stdout } = await run(fixture.client, MASKED, { HostConfig });
    expect(stdout.split('\n')[0], target).toBe('0');
    rmSync(join(dev, 'null'));
  }
  const { stdout } = await run(fixture.client, MASKED);
  expect(stdout).toBe('0\n1:3\n');
});

test('a terminal is taken from the container’s own devpts and by descriptor, never from a /dev of the image’s making', async () => {
  const dev = join(fixture.root, 'dev-console');
  mkdirSync(join(dev, 'pts'), { recursive: true });
  symlinkSync('/proc/sys/kernel/core_pattern', join(dev, 'console'));
  for (const to of ['/proc/sys/kernel/core_pattern', '/etc/passwd']) {
    symlinkSync(to, join(dev, 'pts/ptmx'));
    const HostConfig = { Binds: [`${dev}:/dev`] };
    await expect(run(fixture.client, ['true'], { Tty: true, HostConfig }), to).rejects.toThrow(
      /ENOTTY|EROFS|EACCES/,
    );
    rmSync(join(dev, 'pts/ptmx'));
  }
});

test('sysctls reach the kernel and nothing else', async () => {
  const Sysctls = { 'net.ipv4.ip_forward': '0', 'kernel.shmmax': '4096' };
  const { stdout } = await run(
    fixture.client,
    sh('cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/shmmax'),
    {
      HostConfig: { Sysctls },
    },
  );
  expect(stdout).toBe('0\n4096\n');
});

test('what is mounted over in a running container stays what it was for an exec', async () => {
  // With SYS_ADMIN a container may cover its own /proc; what an exec is confined by does not come from there.
  await using victim = await start(fixture, ['sleep', '1000'], {
    Image: IMAGE,
    HostConfig: { CapAdd: ['SYS_ADMIN'], SecurityOpt: ['seccomp=unconfined'] },
  });
  const cover = sh(
    'mount -t tmpfs none /proc && mkdir -p /proc/self/attr /proc/self/fd && ln -s /etc/passwd /proc/self/attr/exec && ls /proc',
  );
  expect((await exec(victim.handle, cover)).stdout).toBe('self\n');
  const { stdout, exitCode } = await exec(victim.handle, sh('id -u; pwd'), {
    WorkingDir: '/tmp',
    User: 'alice',
  });
  expect({ stdout, exitCode }).toEqual({ stdout: '1000\n/tmp\n', exitCode: 0 });
});
