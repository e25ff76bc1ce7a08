// Locks between processes, in the run directory; a lock's file says who holds it. Whoever only reads takes no lock.
import { closeSync, ftruncateSync, readFileSync, unlinkSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { openLocked } from '../../native/lock-file.ts';
import { makeDirectories } from '../../native/make-directories.ts';
import { isErrno } from '../../native/syscall-error.ts';
import { EngineError } from '../api/errors.ts';

/** Holding it; disposing lets it go. */
export interface Lock extends Disposable {
  /** Removes the file too, for a lock whose subject is gone. */
  retire(): void;
}

export interface LockOptions {
  /** What it protects, for the message when it cannot be had: `container web-1`. */
  readonly subject: string;
  /** How long to wait for another holder; default 30 s. */
  readonly timeoutMs?: number;
}

const DEFAULT_TIMEOUT_MS = 30_000;
const LONGEST_PAUSE_MS = 25;

/** Waits until the lock is ours, or throws a conflict that names the holder. */
export async function acquireLock(file: string, options: LockOptions): Promise<Lock> {
  const deadline = Date.now() + (options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
  for (let pauseMs = 1; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    const lock = tryLock(file);
    if (lock !== undefined) return lock;
    if (Date.now() >= deadline) throw lockedByAnother(file, options.subject);
    await delay(pauseMs);
  }
}

/** The lock, or undefined where another holds it. */
export function tryLock(file: string): Lock | undefined {
  const fd = openInDirectory(file);
  if (fd === undefined) return undefined;
  try {
    ftruncateSync(fd, 0);
    writeSync(fd, `${process.pid}\n`, 0);
  } catch (error) {
    closeSync(fd);
    throw error;
  }
  return {
    retire: () => unlinkSync(file),
    [Symbol.dispose]: () => closeSync(fd),
  };
}

/** Runs `work` while holding the lock. */
export async function withLock<T>(
  file: string,
  options: LockOptions,
  work: (lock: Lock) => Promise<T>,
): Promise<T> {
  using lock = await acquireLock(file, options);
  return await work(lock);
}

function openInDirectory(file: string): number | undefined {
  try {
    return openLocked(file);
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw error;
    makeDirectories(dirname(file), 0o700);
    return openLocked(file);
  }
}

function lockedByAnother(file: string, subject: string): EngineError {
  const holder = readFileSync(file, 'utf8').trim();
  return new EngineError(
    'conflict',
    `${subject} is being changed by process ${holder === '' ? '?' : holder}; try again`,
  );
}
