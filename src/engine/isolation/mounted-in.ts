// What is mounted in a container, from the root of its mount namespace: init may see less of it, or be in a chroot.
import { closeSync } from 'node:fs';
import { openInRoot } from '../../native/descriptors.ts';
import { inMountNamespace } from '../../native/mount-namespace.ts';
import { isErrno } from '../../native/syscall-error.ts';
import { closeFd } from '../../native/syscalls.ts';
import type { ProcessIdentity } from '../containers/container.ts';
import { openMountNamespace } from '../containers/mounts/mounted.ts';

export interface MountedIn {
  /** proc_pid_mountinfo(5). */
  readonly mountinfo: string;
  /** Those of the paths that were asked for. */
  readonly there: ReadonlySet<string>;
}

/** Undefined where the container has ended. */
export function mountedIn(init: ProcessIdentity, paths: readonly string[]): MountedIn | undefined {
  const namespace = openMountNamespace(init);
  if (namespace === undefined) return undefined;
  try {
    return inMountNamespace(namespace, ({ rootFd, mountinfo }) => ({
      mountinfo: mountinfo(),
      there: new Set(paths.filter((path) => exists(rootFd, path))),
    }));
  } finally {
    closeSync(namespace);
  }
}

function exists(root: number, path: string): boolean {
  try {
    closeFd(openInRoot(root, path));
    return true;
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return false;
    throw error;
  }
}
