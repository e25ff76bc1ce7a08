import { mkdirSync } from 'node:fs';
import { isErrno } from '../../../native/syscall-error.ts';
import { removeTree } from './remove-tree.ts';
import { type ByteString, bytesOf } from './tar-header.ts';

/** Makes room for things: the directories on the way, and what stands where they go. */
export interface Places {
  /** Creates something; makes parents that the tar left out, and removes what stands in the way. */
  place<T>(path: ByteString, create: () => T): T;
  /** As Docker: root owns a directory that nobody described, and everybody may read it. */
  makeDirectories(path: ByteString): void;
  /** The directories that were made so. */
  readonly implied: readonly ByteString[];
}

export function createPlaces(): Places {
  const implied: ByteString[] = [];
  const makeDirectories = (path: ByteString): void => {
    if (path === '') return;
    try {
      mkdirSync(bytesOf(path), 0o755);
      implied.push(path);
    } catch (error) {
      if (isErrno(error, 'EEXIST')) return;
      if (!isErrno(error, 'ENOENT')) throw error;
      makeDirectories(parentOf(path));
      mkdirSync(bytesOf(path), 0o755);
      implied.push(path);
    }
  };
  return {
    implied,
    makeDirectories,
    place: (path, create) => {
      try {
        return create();
      } catch (error) {
        if (isErrno(error, 'ENOENT')) makeDirectories(parentOf(path));
        else if (isErrno(error, 'EEXIST')) removeTree(bytesOf(path));
        else throw error;
        return create();
      }
    },
  };
}

/** Empty for what lies in the root. */
export const parentOf = (path: ByteString): ByteString => path.slice(0, path.lastIndexOf('/'));
