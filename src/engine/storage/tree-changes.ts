import type { BigIntStats } from 'node:fs';
import type { FileChange } from '../api/container-types.ts';
import { type TreeEntry, locate, lookFor, walkTree } from './tree-walk.ts';

/** Compares two whole trees as `docker diff` does: by kind, owner, mode, device, size and time. */
export function treeChanges(before: string | undefined, after: string): FileChange[] {
  const changes: FileChange[] = [];
  for (const { path, stats } of walkTree(after)) {
    const old = before === undefined ? undefined : lookFor(locate(before, path));
    if (old === undefined) changes.push(change(path, 1));
    else if (differs(old, stats)) changes.push(change(path, 0));
  }
  if (before !== undefined) changes.push(...deletions(before, after));
  return changes.sort((a, b) => (a.Path < b.Path ? -1 : 1));
}

/** Of a directory that is gone, only the directory itself. */
function deletions(before: string, after: string): FileChange[] {
  const isGone = ({ path }: TreeEntry): boolean => lookFor(locate(after, path)) === undefined;
  const parentIsThere = ({ path }: TreeEntry): boolean =>
    lookFor(locate(after, path.slice(0, path.lastIndexOf('/')))) !== undefined;
  return [...walkTree(before)]
    .filter((entry) => isGone(entry) && parentIsThere(entry))
    .map(({ path }) => change(path, 2));
}

function differs(a: BigIntStats, b: BigIntStats): boolean {
  if (a.mode !== b.mode || a.uid !== b.uid || a.gid !== b.gid || a.rdev !== b.rdev) return true;
  // The size of a directory says nothing.
  return a.mtimeNs !== b.mtimeNs || (!a.isDirectory() && a.size !== b.size);
}

function change(path: string, kind: FileChange['Kind']): FileChange {
  return { Path: Buffer.from(path, 'latin1').toString('utf8'), Kind: kind };
}
