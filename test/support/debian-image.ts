// An image that this project did not make: debootstrap's minimal Debian, packed by umoci. Making it takes most of a
// minute, so it lives in a directory that the test command names and that outlives the run. Needs `debian`.
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
  const cache = fromEnvironment('GANTRY_TEST_CACHE');
  const packages = fromEnvironment('GANTRY_TEST_DEBIAN');
  const image = { layout: join(cache, `${basename(packages, '.tgz')}-oci`), tag: 'minbase' };
  if (existsSync(image.layout)) return image;
  const root = join(cache, 'rootfs');
  const next = join(cache, 'debian-oci.next');
  for (const old of [root, next, join(cache, 'bundle')]) rmSync(old, { recursive: true, force: true });
  const suite = basename(packages, '.tgz').replace('debian-', '');
  run('debootstrap', '--variant=minbase', `--unpack-tarball=${packages}`, suite, root);
  const bundle = join(cache, 'bundle');
  run('umoci', 'init', '--layout', next);
  run('umoci', 'new', '--image', `${next}:${image.tag}`);
  run('umoci', 'unpack', '--image', `${next}:${image.tag}`, bundle);
  run('cp', '-a', `${root}/.`, join(bundle, 'rootfs'));
  run('umoci', 'repack', '--image', `${next}:${image.tag}`, bundle);
  run('umoci', 'config', '--image', `${next}:${image.tag}`, '--config.cmd', '/bin/bash');
  rmSync(root, { recursive: true });
  rmSync(bundle, { recursive: true });
  renameSync(next, image.layout);
  return image;
}
