import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { isErrno } from './syscall-error.ts';

/**
 * mkdir -p; answers the first directory that it made. Node's own tries for ever where the kernel answers ENOENT although
 * the parent is there, as it does in /proc and /sys.
 */
export function makeDirectories(path: string, mode = 0o777): string | undefined {
  let first: string | undefined;
  try {
    mkdirSync(path, { mode });
    return path;
  } catch (error) {
    if (isDirectoryAlready(path, error)) return undefined;
    if (!isErrno(error, 'ENOENT') || dirname(path) === path) throw error;
    first = makeDirectories(dirname(path), mode);
  }
  try {
    mkdirSync(path, { mode });
  } catch (error) {
    // Another process was faster.
    if (!isDirectoryAlready(path, error)) throw error;
  }
  return first ?? path;
}

function isDirectoryAlready(path: string, error: unknown): boolean {
  // A read-only file system may answer EROFS for what is there.
  return (
    isErrno(error, 'EEXIST', 'EROFS', 'EACCES', 'EPERM') &&
    statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
  );
}
