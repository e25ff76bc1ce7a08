// Images that take a moment to pull, and what pulling leaves on disk.
import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type TestImage, buildImage } from './test-image.ts';

/** Bytes that do not compress, so that a cut leaves something to continue. */
export const bigLayer = (seed: string, size = 3 << 20) => ({
  entries: [{ name: seed, content: randomBytes(size), mode: 0o644 }],
});

/** Three layers of 3 MiB. */
export const bigImage = (layout: string): Promise<TestImage> =>
  buildImage(layout, { layers: [bigLayer('one'), bigLayer('two'), bigLayer('three')] });

/** What is in an engine's data root besides the database and fixed directories. */
export function contentOf(root: string): string[] {
  const paths = [
    'images/blobs/sha256',
    'images/ingest',
    'images/leases',
    'storage/overlay2/layers',
    'storage/overlay2/tmp',
    'storage/overlay2/l',
  ];
  return paths.flatMap((path) => readdirSync(join(root, path)).map((name) => `${path}/${name}`));
}
