import { closeSync, mkdirSync, mkdtempSync, openSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { overlayChanges } from '../../../src/engine/storage/overlay-changes.ts';
import { removeDirectory } from '../../../src/engine/storage/remove-directory.ts';
import { treeChanges } from '../../../src/engine/storage/tree-changes.ts';
import { treeUsage } from '../../../src/engine/storage/tree-usage.ts';

const NAME = 'd'.repeat(200);
const DEPTH = 45;

/** As processes make it that go into each directory before they make the next: its path is longer than PATH_MAX. */
function dig(root: string): void {
  let fd = openSync(root, 'r');
  for (let depth = 0; depth < DEPTH; depth += 1) {
    const next = `/proc/self/fd/${fd}/${NAME}`;
    mkdirSync(next);
    const below = openSync(next, 'r');
    closeSync(fd);
    fd = below;
  }
  writeFileSync(`/proc/self/fd/${fd}/bottom`, 'reached');
  closeSync(fd);
}

test('a tree deeper than a path can name is walked to its end', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'gantry-'));
  try {
    const [upper, lower] = [join(directory, 'upper'), join(directory, 'lower')];
    mkdirSync(upper);
    mkdirSync(lower);
    dig(upper);
    expect(treeUsage(upper)).toEqual({ bytes: 7, inodes: DEPTH + 1 });
    const bottom = { Path: `${`/${NAME}`.repeat(DEPTH)}/bottom`, Kind: 1 };
    expect(overlayChanges(upper, [lower])).toHaveLength(DEPTH + 1);
    expect(overlayChanges(upper, [lower])).toContainEqual(bottom);
    expect(treeChanges(lower, upper)).toContainEqual(bottom);
  } finally {
    await removeDirectory(directory);
  }
});
