// Mount namespaces as their root shows them. /proc/<pid>/root and /proc/<pid>/mountinfo tell what one process sees, and whoever
// may chroot, as every container by default, sees what he likes.
import { closeSync, openSync, readFileSync } from 'node:fs';
import { check, libc } from './libc.ts';
import { AT_FDCWD, openat2, openForReading } from './open-paths.ts';
import { CLONE, closeFd, setns, unshare } from './syscalls.ts';

const cFchdir = libc('fchdir', ['i32']);

export interface MountView {
  /** O_PATH of the namespace's root directory, open as long as the action runs. */
  readonly rootFd: number;
  /** proc_pid_mountinfo(5), of all that can be reached from there. */
  readonly mountinfo: () => string;
}

/** The calling thread, for `mountinfoOf` when it is somewhere where there is no /proc, or none to be trusted. */
export function openThread(): number {
  return openSync('/proc/thread-self', 'r');
}

/** What the thread sees now. */
export function mountinfoOf(threadFd: number): string {
  const fd = openForReading(threadFd, 'mountinfo');
  try {
    return readFileSync(fd, 'utf8');
  } finally {
    closeFd(fd);
  }
}

/**
 * Runs `action` with the calling thread inside the namespace. It must not be asynchronous, nor name a file by its path. If the
 * way back is barred, the process ends at once.
 * KERNEL: setns(2) refuses a thread that shares its root and working directory with others, so this one has its own from then on.
 */
export function inMountNamespace<T>(
  namespaceFd: number,
  action: (view: MountView) => T extends PromiseLike<unknown> ? never : T,
): T {
  using undo = new DisposableStack();
  const here = openSync('/proc/thread-self/ns/mnt', 'r');
  undo.defer(() => closeSync(here));
  const directory = openat2(AT_FDCWD, '.', 0n);
  undo.defer(() => closeFd(directory));
  const thread = openThread();
  undo.defer(() => closeSync(thread));
  unshare(CLONE.FS);
  undo.defer(() => check('fchdir', cFchdir(directory), 'working directory'));
  setns(namespaceFd, CLONE.NEWNS);
  undo.defer(() => comeBack(here));
  const rootFd = openat2(AT_FDCWD, '/', 0n);
  undo.defer(() => closeFd(rootFd));
  return action({ rootFd, mountinfo: () => mountinfoOf(thread) });
}

function comeBack(namespaceFd: number): void {
  try {
    setns(namespaceFd, CLONE.NEWNS);
  } catch (error) {
    process.stderr.write(`gantry: cannot return to the own mount namespace: ${String(error)}\n`);
    process.abort();
  }
}
