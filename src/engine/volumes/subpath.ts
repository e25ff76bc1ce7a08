// A directory inside of a volume. What lies in a volume was written by containers, symbolic links included.
import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { isErrno } from '../../native/syscall-error.ts';
import { EngineError } from '../api/errors.ts';

/**
 * The real path of `subpath` in the volume, free of symbolic links at this moment. Throws invalid-parameter where it
 * is missing or leads out of the volume.
 */
export function resolveSubpath(mountpoint: string, subpath: string): string {
  if (subpath === '') return mountpoint;
  const refuse = (why: string, cause?: unknown) =>
    new EngineError('invalid-parameter', `cannot access path ${join(mountpoint, subpath)}: ${why}`, {
      cause,
    });
  const root = realpathSync(mountpoint);
  let path: string;
  try {
    path = realpathSync(join(root, subpath));
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR', 'ELOOP')) throw refuse('no such file or directory', error);
    throw error;
  }
  if (path !== root && !path.startsWith(`${root}/`)) throw refuse('it leads out of the volume');
  return path;
}
