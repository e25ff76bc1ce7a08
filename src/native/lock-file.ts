// Lock files: flock(2) on a file of its own. The kernel frees the lock however its holder ends, so none goes stale.
import { closeSync, constants, fstatSync, openSync, statSync } from 'node:fs';
import { LOCK, tryFlock } from './syscalls.ts';

/**
 * A descriptor of the file, which is made where it is missing, that holds the lock until it is closed in every process
 * that has it. Undefined where another holds it. `operation`: LOCK.EX or LOCK.SH.
 */
export function openLocked(path: string, operation: number = LOCK.EX): number | undefined {
  for (;;) {
    const fd = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600);
    let isOurs = false;
    try {
      if (!tryFlock(fd, operation)) return undefined;
      isOurs = isStillAt(path, fd);
      if (isOurs) return fd;
      // Its last holder unlinked it between our open and our flock: that lock is nobody's.
    } finally {
      if (!isOurs) closeSync(fd);
    }
  }
}

/** True while the path names the file behind the descriptor: who opens it meets that one, and its lock. */
export function isStillAt(path: string, fd: number): boolean {
  const there = statSync(path, { throwIfNoEntry: false });
  const ours = fstatSync(fd);
  return there?.ino === ours.ino && there.dev === ours.dev;
}
