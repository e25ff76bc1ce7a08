// An image that this project did not make: debootstrap's minimal Debian, packed by umoci. Made once for all test files
// of a run (about a minute), so it lives in a directory that the test command names.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { TestImage } from './test-image.ts';

type DebianImage = Pick<TestImage, 'layout' | 'tag'>;

function run(command: string, ...args: string[]): void {
  execFileSync(command, args, { stdio: ['ignore', 'ignore', 'pipe'], maxBuffer: 64 << 20 });
}

/** @param cache a directory that outlives the test; the image in it is used when it is there */
export function debianImage(cache: string): DebianImage {
  const image = { layout: join(cache, 'debian-oci'), tag: 'minbase' };
  if (existsSync(image.layout)) return image;
  mkdirSync(cache, { recursive: true });
  const root = join(cache, 'rootfs');
  const next = join(cache, 'debian-oci.next');
  run('debootstrap', '--variant=minbase', '--merged-usr', 'stable', root);
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
