// In the archive helper: which file a path of `cp` means, and what it is.
import { type BigIntStats, lstatSync, readlinkSync, realpathSync } from 'node:fs';
import { posix } from 'node:path';
import { isErrno } from '../../../native/syscall-error.ts';
import type { PathStat } from '../../api/container-types.ts';
import { EngineError } from '../../api/errors.ts';

export interface FoundPath {
  /** In the current root directory; ends with a slash where a link at its end is to be followed. */
  readonly path: string;
  readonly stat: PathStat;
}

export const fileNotFound = (path: string, container: string): EngineError =>
  new EngineError('not-found', `Could not find the file ${path} in container ${container}`);

/** A slash or `/.` at the end follows a link there, and asks for a directory. Throws not-found in Docker's words. */
export function findPath(wanted: string, container: string): FoundPath {
  const clean = posix.join('/', wanted).replace(/(.)\/$/, '$1');
  const isFollowed = /(^|\/)\.?$/.test(wanted);
  const path = isFollowed && clean !== '/' ? `${clean}/` : clean;
  try {
    const stats = lstatSync(path, { bigint: true });
    // Go's filepath.Base of what the user wrote: the content of a directory is named `.`.
    const name = /(^|\/)\.$/.test(wanted) ? '.' : posix.basename(clean) || '/';
    return { path, stat: pathStat(name, stats, path) };
  } catch (error) {
    if (isErrno(error, 'ENOENT')) throw fileNotFound(wanted, container);
    if (!isErrno(error, 'ENOTDIR')) throw error;
    const message = `${wanted} in container ${container}: not a directory`;
    throw new EngineError('invalid-parameter', message, { cause: error });
  }
}

function pathStat(name: string, stats: BigIntStats, path: string): PathStat {
  return {
    name,
    size: Number(stats.size),
    mode: goFileMode(Number(stats.mode)),
    mtime: rfc3339(stats.mtimeNs),
    linkTarget: stats.isSymbolicLink() ? linkTarget(path) : '',
  };
}

/** Where the link leads in the end; what cannot be followed is told as it stands. */
function linkTarget(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    if (!isErrno(error, 'ENOENT', 'ENOTDIR', 'ELOOP')) throw error;
    return posix.resolve(posix.dirname(path), readlinkSync(path));
  }
}

/** S_IFMT of inode(7) → the type bits of Go's io/fs.FileMode. A regular file has none. */
const GO_TYPES: ReadonlyMap<number, number> = new Map([
  [0o040000, 2 ** 31],
  [0o120000, 2 ** 27],
  [0o060000, 2 ** 26],
  [0o020000, 2 ** 26 + 2 ** 21],
  [0o010000, 2 ** 25],
  [0o140000, 2 ** 24],
]);

/** Go's io/fs.FileMode: permissions as in Unix, all else in bits of its own. */
export function goFileMode(mode: number): number {
  return (
    (mode & 0o777) +
    (GO_TYPES.get(mode & 0o170000) ?? 0) +
    (mode & 0o4000 ? 2 ** 23 : 0) +
    (mode & 0o2000 ? 2 ** 22 : 0) +
    (mode & 0o1000 ? 2 ** 20 : 0)
  );
}

function rfc3339(nanos: bigint): string {
  const seconds = new Date(Number(nanos / 1_000_000n)).toISOString().slice(0, 19);
  const fraction = String(((nanos % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n).padStart(9, '0');
  return `${seconds}${`.${fraction}`.replace(/\.?0+$/, '')}Z`;
}
