// What a container changed, read from the upper directory of its overlay (kernel doc filesystems/overlayfs.rst).
import { getXattr } from '../../native/syscalls.ts';
import type { FileChange } from '../api/container-types.ts';
import { walkLiveTree } from './live-walk.ts';
import { locate, lookAt, lookFor, namesIn } from './tree-walk.ts';

const MODIFIED = 0;
const ADDED = 1;
const DELETED = 2;

/** @param lowerdirs top first */
export function overlayChanges(upperdir: string, lowerdirs: readonly string[]): FileChange[] {
  const lower = createLowerView(lowerdirs);
  const changes: FileChange[] = [];
  for (const { path, location, stats } of walkLiveTree(upperdir)) {
    const existed = lower.has(path);
    if (stats.isCharacterDevice() && stats.rdev === 0n) {
      if (existed) changes.push(change(path, DELETED));
      continue;
    }
    changes.push(change(path, existed ? MODIFIED : ADDED));
    if (existed && stats.isDirectory() && isOpaque(location))
      changes.push(...hiddenBy(path, { upperdir, lower }));
  }
  return changes.sort((a, b) => (a.Path < b.Path ? -1 : 1));
}

function change(path: string, kind: FileChange['Kind']): FileChange {
  return { Path: Buffer.from(path, 'latin1').toString('utf8'), Kind: kind };
}

function isOpaque(location: Buffer): boolean {
  const value = getXattr(location, 'trusted.overlay.opaque');
  return value?.toString() === 'y';
}

/** What an opaque directory took away: the lower directory's content that the container did not make again. */
function hiddenBy(
  directory: string,
  { upperdir, lower }: { upperdir: string; lower: LowerView },
): FileChange[] {
  return lower
    .names(directory)
    .map((name) => `${directory}/${name}`)
    .filter((path) => lookAt(locate(upperdir, path)) === undefined)
    .map((path) => change(path, DELETED));
}

interface LowerView {
  has(path: string): boolean;
  names(directory: string): string[];
}

/** The merged content of read-only layers, as far as the question "was it there" needs it. */
function createLowerView(lowerdirs: readonly string[]): LowerView {
  /** The layers that contribute to a directory: down to the first one that hides what is below it. */
  const contributors = (directory: string): string[] => {
    if (directory === '') return [...lowerdirs];
    const found: string[] = [];
    for (const lower of contributors(directory.slice(0, directory.lastIndexOf('/')))) {
      const location = locate(lower, directory);
      const stats = lookFor(location);
      if (stats === undefined) continue;
      if (!stats.isDirectory()) break;
      found.push(lower);
      if (isOpaque(location)) break;
    }
    return found;
  };
  const has = (path: string): boolean => {
    for (const lower of contributors(path.slice(0, path.lastIndexOf('/')))) {
      const stats = lookFor(locate(lower, path));
      if (stats !== undefined) return !(stats.isCharacterDevice() && stats.rdev === 0n);
    }
    return false;
  };
  return {
    has,
    names: (directory) => {
      const all = contributors(directory).flatMap((lower) => namesIn(locate(lower, directory)));
      return [...new Set(all)].filter((name) => has(`${directory}/${name}`));
    },
  };
}
