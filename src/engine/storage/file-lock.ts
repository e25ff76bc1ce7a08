// Locks on things of the store. A lock file whose lock is free marks what somebody left half-done.
import { closeSync, unlinkSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { isStillAt, openLocked } from '../../native/lock-file.ts';
import { LOCK } from '../../native/syscalls.ts';

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
  const fd = openLocked(path, options.shared === true ? LOCK.SH : LOCK.EX);
  return fd === undefined ? undefined : held(fd, path, options);
}

function held(fd: number, path: string, options: LockOptions): FileLock {
  return {
    fd,
    [Symbol.dispose]: () => {
      if (options.removeFile === true && isStillAt(path, fd)) unlinkSync(path);
      closeSync(fd);
    },
  };
}
