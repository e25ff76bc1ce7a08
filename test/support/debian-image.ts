// Images that this project did not make: debootstrap's minimal Debian, and the same with systemd and the libraries that
// gantry loads, packed by umoci. Making one takes most of a minute, so they live beside the packages, in a directory
// that outlives the run. Need `debian` and `debianSystem`.
import { execFileSync } from 'node:child_process';
import { existsSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
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

/** What a Debian with an init of its own has beyond the minimal one, and what a gantry inside it loads. */
export const SYSTEM_PACKAGES = ['systemd', 'systemd-sysv', 'dbus', 'libnftables1', 'libseccomp2'];

/** Nobody reads it, and it is a third of the files that have to be packed and unpacked. */
export const SUPERFLUOUS = [
  'usr/share/doc',
  'usr/share/locale',
  'usr/share/man',
  'var/cache/apt',
  'var/lib/apt/lists',
];

/** What becomes of the tarball; a layout that came along to where nobody could make one is itself. */
export const layoutOf = (packages: string): string => packages.replace(/\.tgz$/, '-oci');

function imageOf(
  packages: string,
  { tag, command }: { readonly tag: string; readonly command: string },
): DebianImage {
  const image = { layout: layoutOf(packages), tag };
  if (existsSync(image.layout)) return image;
  const cache = dirname(packages);
  const [root, next, bundle] = [join(cache, 'rootfs'), `${image.layout}.next`, join(cache, 'bundle')];
  for (const old of [root, next, bundle]) rmSync(old, { recursive: true, force: true });
  const suite = basename(packages, '.tgz').replace(/^debian-|-system$/g, '');
  const include = tag === 'system' ? [`--include=${SYSTEM_PACKAGES.join(',')}`] : [];
  run('debootstrap', '--variant=minbase', ...include, `--unpack-tarball=${packages}`, suite, root);
  for (const path of SUPERFLUOUS) rmSync(join(root, path), { recursive: true, force: true });
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
