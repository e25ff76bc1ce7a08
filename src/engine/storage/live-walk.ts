// The walk of a tree that a container is changing meanwhile. A directory of it may become a link at any moment, so none is
// reached by a path that could lead through one: the walk never leaves the tree.
import { closeSync, readdirSync } from 'node:fs';
import { ifThere } from '../../native/if-there.ts';
import { openDirectoryBelow } from '../../native/open-paths.ts';
import { LONG_PATH, type TreeEntry, locate, lookAt, openDirectory } from './tree-walk.ts';

/**
 * As `walkTree`. An entry's location is good for questions about it and for nothing that would do harm elsewhere: what is there by
 * now may be something else.
 */
export function* walkLiveTree(root: string): Generator<TreeEntry> {
  using open = new DisposableStack();
  const top = openDirectory(locate(root, ''));
  if (top === undefined) return;
  open.defer(() => closeSync(top));
  const levels = [levelAt({ fd: top, path: '', location: root }, '')];
  open.defer(() => {
    for (const level of levels) level[Symbol.dispose]();
  });
  for (let level = levels.at(-1); level !== undefined; level = levels.at(-1)) {
    const entry = level.entries.shift();
    if (entry === undefined) {
      levels.pop()?.[Symbol.dispose]();
      continue;
    }
    yield entry;
    if (entry.stats.isDirectory()) levels.push(levelAt(level.base, entry.path));
  }
}

/** A directory that is held, from which those below it are reached. */
interface Base {
  readonly fd: number;
  /** Its own, below the root of the walk. */
  readonly path: string;
  readonly location: string;
}

interface Level extends Disposable {
  readonly base: Base;
  readonly entries: TreeEntry[];
}

const NOTHING = { entries: [], [Symbol.dispose]: () => undefined };

/** Looks at all entries at once, so that a tree of any depth needs few descriptors: one where a path grows too long. */
function levelAt(base: Base, path: string): Level {
  const fd = openBelow(base, path);
  if (fd === undefined) return { base, ...NOTHING };
  const here = `/proc/self/fd/${fd}`;
  const isFar = locate(base.location, path.slice(base.path.length)).length >= LONG_PATH;
  const next = isFar ? { fd, path, location: here } : base;
  using undo = new DisposableStack();
  undo.defer(() => closeSync(fd));
  const entries = readdirSync(here, { encoding: 'latin1' })
    .sort()
    .flatMap((name): TreeEntry[] => {
      const stats = lookAt(locate(here, `/${name}`));
      if (stats === undefined) return [];
      const below = `${path}/${name}`;
      return [{ path: below, location: locate(next.location, below.slice(next.path.length)), stats }];
    });
  if (!isFar) return { base, ...NOTHING, entries };
  const held = undo.move();
  return { base: next, entries, [Symbol.dispose]: () => held.dispose() };
}

/** Undefined where it vanished or something else took its place. */
function openBelow({ fd, path: from }: Base, path: string): number | undefined {
  const relative = Buffer.from(`.${path.slice(from.length)}`, 'latin1');
  return ifThere(() => openDirectoryBelow(fd, relative), 'ENOTDIR', 'ELOOP');
}
