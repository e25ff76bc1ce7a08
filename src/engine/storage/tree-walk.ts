import { type BigIntStats, lstatSync, readdirSync } from 'node:fs';
import { isErrno } from '../../native/syscall-error.ts';

export interface TreeEntry {
  /** Below the root of the walk, one character a byte: `/usr/bin/sh`. */
  readonly path: string;
  /** Where it is on this machine. */
  readonly location: Buffer;
  readonly stats: BigIntStats;
}

/** The location of a path of a walk. */
export function locate(root: string, path: string): Buffer {
  return Buffer.concat([Buffer.from(root), Buffer.from(path, 'latin1')]);
}

/** Undefined where there is nothing; never follows a symbolic link at the end of the path. */
export function lookAt(location: Buffer): BigIntStats | undefined {
  try {
    return lstatSync(location, { bigint: true });
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
}

/** Names in a directory, one character a byte; none where it is gone. */
export function namesIn(location: Buffer): string[] {
  try {
    return readdirSync(location, { encoding: 'latin1' }).sort();
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return [];
    throw error;
  }
}

/** Everything below a directory, parents before their content, each directory in order of names. What vanishes meanwhile is left out. */
export function* walkTree(root: string, from = ''): Generator<TreeEntry> {
  for (const name of namesIn(locate(root, from))) {
    const path = `${from}/${name}`;
    const location = locate(root, path);
    const stats = lookAt(location);
    if (stats === undefined) continue;
    yield { path, location, stats };
    if (stats.isDirectory()) yield* walkTree(root, path);
  }
}
