import { type BigIntStats, closeSync, constants, lstatSync, openSync, readdirSync } from 'node:fs';
import { ifThere } from '../../native/if-there.ts';

export interface TreeEntry {
  /** Below the root of the walk, one character a byte: `/usr/bin/sh`. */
  readonly path: string;
  /** Where it is on this machine. */
  readonly location: Buffer;
  readonly stats: BigIntStats;
}

/** The location of a path of a walk. */
export function locate(root: string | Buffer, path: string): Buffer {
  return Buffer.concat([typeof root === 'string' ? Buffer.from(root) : root, Buffer.from(path, 'latin1')]);
}

/** Undefined where there is nothing; never follows a symbolic link at the end of the path. */
export function lookAt(location: Buffer): BigIntStats | undefined {
  return ifThere(() => lstatSync(location, { bigint: true }), 'ENOTDIR');
}

/** The same where the path may be that of another tree: what no path can name is not there. */
export function lookFor(location: Buffer): BigIntStats | undefined {
  return location.length < PATH_MAX ? lookAt(location) : undefined;
}

/** Names in a directory, one character a byte; none where it is gone. */
export function namesIn(location: Buffer): string[] {
  return ifThere(() => readdirSync(location, { encoding: 'latin1' }).sort(), 'ENOTDIR') ?? [];
}

/**
 * Everything below a directory, parents before their content, each directory in order of names. What vanishes meanwhile is left
 * out. However deep a container has gone: a location is good until the next step. Of a tree that one may be changing now,
 * `walkLiveTree`.
 */
export function* walkTree(root: string): Generator<TreeEntry> {
  using open = new DisposableStack();
  const levels = [levelAt(locate(root, ''), '')];
  open.defer(() => {
    for (const level of levels) level[Symbol.dispose]();
  });
  for (let level = levels.at(-1); level !== undefined; level = levels.at(-1)) {
    const name = level.names.shift();
    if (name === undefined) {
      levels.pop()?.[Symbol.dispose]();
      continue;
    }
    const location = locate(level.location, `/${name}`);
    const stats = lookAt(location);
    if (stats === undefined) continue;
    const path = `${level.path}/${name}`;
    yield { path, location, stats };
    if (stats.isDirectory()) levels.push(levelAt(location, path));
  }
}

interface Level extends Disposable {
  readonly location: Buffer | string;
  readonly path: string;
  readonly names: string[];
}

const PATH_MAX = 4096;
/** Without a name and what is around it. */
export const LONG_PATH = PATH_MAX - 256 - 2;

/** A directory whose path leaves no room for names is named by a descriptor. */
function levelAt(location: Buffer, path: string): Level {
  if (location.length < LONG_PATH)
    return { location, path, names: namesIn(location), [Symbol.dispose]: () => undefined };
  const fd = openDirectory(location);
  if (fd === undefined) return { location, path, names: [], [Symbol.dispose]: () => undefined };
  const short = `/proc/self/fd/${fd}`;
  // Not namesIn: where there is no /proc, a tree must not seem to end here.
  const names = readdirSync(short, { encoding: 'latin1' }).sort();
  return { location: short, path, names, [Symbol.dispose]: () => closeSync(fd) };
}

/** Undefined where it vanished or something else took its place. */
export function openDirectory(location: Buffer): number | undefined {
  const flags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
  return ifThere(() => openSync(location, flags), 'ENOTDIR', 'ELOOP');
}
