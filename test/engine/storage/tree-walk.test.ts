import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { overlayChanges } from '../../../src/engine/storage/overlay-changes.ts';
import { walkLiveTree } from '../../../src/engine/storage/live-walk.ts';
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

test.each([
  ['the directory itself', 'a/b', 'outside/b'],
  ['one above it', 'a', 'outside'],
])('a walk does not follow what becomes a link on its way: %s', async (_what, name, to) => {
  const directory = mkdtempSync(join(tmpdir(), 'gantry-'));
  try {
    const at = (path: string): string => join(directory, path);
    for (const path of ['root/a/b', 'outside/b']) mkdirSync(at(path), { recursive: true });
    writeFileSync(at('root/a/b/own'), '');
    writeFileSync(at('outside/b/secret'), '');
    const seen: string[] = [];
    const open = readdirSync('/proc/self/fd').length;
    for (const { path } of walkLiveTree(at('root'))) {
      seen.push(path);
      if (path !== '/a/b') continue;
      renameSync(at(`root/${name}`), at('away'));
      symlinkSync(at(to), at(`root/${name}`));
    }
    expect(seen).toEqual(['/a', '/a/b']);
    expect(readdirSync('/proc/self/fd')).toHaveLength(open);
  } finally {
    await removeDirectory(directory);
  }
});

test('a diff does not look behind a link that one of the trees has in place of a directory', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'gantry-'));
  try {
    const at = (path: string): string => join(directory, path);
    for (const path of ['outside', 'before/gone', 'after/new']) mkdirSync(at(path), { recursive: true });
    for (const path of ['outside/file', 'before/gone/file', 'after/new/file']) writeFileSync(at(path), '');
    symlinkSync(at('outside'), at('before/new'));
    symlinkSync(at('outside'), at('after/gone'));
    // Neither is the file outside what was there before, nor what is there now.
    expect(treeChanges(at('before'), at('after'))).toEqual([
      { Path: '/gone', Kind: 0 },
      { Path: '/new', Kind: 0 },
      { Path: '/new/file', Kind: 1 },
    ]);
  } finally {
    await removeDirectory(directory);
  }
});
