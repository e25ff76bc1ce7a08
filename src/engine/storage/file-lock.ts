// Locks that die with their owner: flock(2) on a file of its own. The kernel frees it however the process ends, so a
// lock file whose lock is free marks what somebody left half-done.
import { closeSync, constants, fstatSync, openSync, statSync, unlinkSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { LOCK, tryFlock } from '../../native/syscalls.ts';

export interface FileLock extends Disposable {
  /** For a child process that must keep the lock when we die. */
  readonly fd: number;
}

export interface LockOptions {
  readonly signal?: AbortSignal | undefined;
  /** Others may hold it shared at the same time. */
  readonly shared?: boolean;
  /** Unlinks the file when disposed of; for locks of things that come and go. */
  readonly removeFile?: boolean;
}

/** A try costs some microseconds; waiting on a thread of the pool instead could not be given up. */
const RETRY_MS = 15;

/** Waits for the lock. Rejects where the signal fires. */
export async function lockFile(path: string, options: LockOptions = {}): Promise<FileLock> {
  for (;;) {
    const lock = tryLockFile(path, options);
    if (lock !== undefined) return lock;
    await delay(RETRY_MS, undefined, options.signal === undefined ? {} : { signal: options.signal });
  }
}

/** Undefined where another process, or another descriptor of this one, holds it. */
export function tryLockFile(path: string, options: LockOptions = {}): FileLock | undefined {
  for (;;) {
    const fd = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600);
    if (!tryFlock(fd, options.shared === true ? LOCK.SH : LOCK.EX)) {
      closeSync(fd);
      return undefined;
    }
    if (isStill(fd, path)) return held(fd, path, options);
    // Its last owner unlinked it between our open and our flock: that lock is nobody's.
    closeSync(fd);
  }
}

/** True while the path names the file behind the descriptor. */
function isStill(fd: number, path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.ino === fstatSync(fd).ino;
}

function held(fd: number, path: string, options: LockOptions): FileLock {
  return {
    fd,
    [Symbol.dispose]: () => {
      if (options.removeFile === true && isStill(fd, path)) unlinkSync(path);
      closeSync(fd);
    },
  };
}
