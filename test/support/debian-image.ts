// Images that this project did not make: debootstrap's minimal Debian, and the same with systemd and the libraries that
// gantry loads, packed by umoci. Making one takes most of a minute, so they live in a directory that the test command names
// and that outlives the run. Need `debian` and `debianSystem`.
import { execFileSync } from 'node:child_process';
import { existsSync, renameSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { TestImage } from './test-image.ts';

type DebianImage = Pick<TestImage, 'layout' | 'tag'>;

function run(command: string, ...args: string[]): void {
  execFileSync(command, args, { stdio: ['ignore', 'ignore', 'pipe'], maxBuffer: 64 << 20 });
}

function fromEnvironment(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set: scripts/test.mjs sets it`);
  return value;
}

/** The OCI layout of a minimal Debian with bash, apt and GNU's tools. */
export function debianImage(): DebianImage {
  return imageOf(fromEnvironment('GANTRY_TEST_DEBIAN'), { tag: 'minbase', command: '/bin/bash' });
}

/** The same with systemd as /sbin/init, and with libnftables and libseccomp. */
export function debianSystemImage(): DebianImage {
  return imageOf(fromEnvironment('GANTRY_TEST_DEBIAN_SYSTEM'), { tag: 'system', command: '/sbin/init' });
}

function imageOf(
  packages: string,
  { tag, command }: { readonly tag: string; readonly command: string },
): DebianImage {
  const cache = fromEnvironment('GANTRY_TEST_CACHE');
  const image = { layout: join(cache, `${basename(packages, '.tgz')}-oci`), tag };
  if (existsSync(image.layout)) return image;
  const [root, next, bundle] = [join(cache, 'rootfs'), `${image.layout}.next`, join(cache, 'bundle')];
  for (const old of [root, next, bundle]) rmSync(old, { recursive: true, force: true });
  const suite = basename(packages, '.tgz').replace(/^debian-|-system$/g, '');
  const include = tag === 'system' ? ['--include=systemd,systemd-sysv,dbus,libnftables1,libseccomp2'] : [];
  run('debootstrap', '--variant=minbase', ...include, `--unpack-tarball=${packages}`, suite, root);
  run('umoci', 'init', '--layout', next);
  run('umoci', 'new', '--image', `${next}:${tag}`);
  run('umoci', 'unpack', '--image', `${next}:${tag}`, bundle);
  run('cp', '-a', `${root}/.`, join(bundle, 'rootfs'));
  run('umoci', 'repack', '--image', `${next}:${tag}`, bundle);
  run('umoci', 'config', '--image', `${next}:${tag}`, '--config.cmd', command);
  rmSync(root, { recursive: true });
  rmSync(bundle, { recursive: true });
  renameSync(next, image.layout);
  return image;
}
