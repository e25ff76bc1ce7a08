import type { BigIntStats } from 'node:fs';
import type { FileChange } from '../api/container-types.ts';
import { walkLiveTree } from './live-walk.ts';
import { locate, lookFor, walkTree } from './tree-walk.ts';

/** Compares two whole trees as `docker diff` does: by kind, owner, mode, device, size and time. */
export function treeChanges(before: string | undefined, after: string): FileChange[] {
  const changes: FileChange[] = [];
  const earlier = counterparts(before);
  for (const { path, stats } of walkLiveTree(after)) {
    const old = earlier(path);
    if (old === undefined) changes.push(change(path, 1));
    else if (differs(old, stats)) changes.push(change(path, 0));
  }
  if (before !== undefined) changes.push(...deletions(before, after));
  return changes.sort((a, b) => (a.Path < b.Path ? -1 : 1));
}

/**
 * What the other tree has at a path, asked for parents before their content. Where that has a symbolic link in place of a
 * directory it has nothing below: the link would lead anywhere on this machine.
 */
function counterparts(root: string | undefined): (path: string) => BigIntStats | undefined {
  const directories = new Set(['']);
  return (path) => {
    if (root === undefined || !directories.has(parentOf(path))) return undefined;
    const found = lookFor(locate(root, path));
    if (found?.isDirectory() === true) directories.add(path);
    return found;
  };
}

/** Of a directory that is gone, or is none any more, only the directory itself. */
function deletions(before: string, after: string): FileChange[] {
  const later = counterparts(after);
  const kept = new Set(['']);
  const gone: FileChange[] = [];
  for (const { path } of walkTree(before)) {
    const found = later(path);
    if (found?.isDirectory() === true) kept.add(path);
    if (found === undefined && kept.has(parentOf(path))) gone.push(change(path, 2));
  }
  return gone;
}

const parentOf = (path: string): string => path.slice(0, path.lastIndexOf('/'));

function differs(a: BigIntStats, b: BigIntStats): boolean {
  if (a.mode !== b.mode || a.uid !== b.uid || a.gid !== b.gid || a.rdev !== b.rdev) return true;
  // The size of a directory says nothing.
  return a.mtimeNs !== b.mtimeNs || (!a.isDirectory() && a.size !== b.size);
}

function change(path: string, kind: FileChange['Kind']): FileChange {
  return { Path: Buffer.from(path, 'latin1').toString('utf8'), Kind: kind };
}
