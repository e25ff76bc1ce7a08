// Network namespaces of other processes, reached without a helper process: the calling thread goes there, opens
// what it needs, and comes back. A socket stays in the namespace that it was opened in.
import { closeSync, openSync } from 'node:fs';
import { CLONE, setns, unshare } from './syscalls.ts';

/** A descriptor of a process's network namespace; it keeps the namespace alive until closed. */
export function openNetnsOf(pid: number): number {
  return openSync(`/proc/${pid}/ns/net`, 'r');
}

/**
 * Runs `action` with the calling thread inside the namespace. It must not be asynchronous, and what it calls must
 * not hand work to other threads: those stay where they are. If the way back is barred, the process ends at once,
 * since everything that it would do from then on would happen in the wrong place.
 */
export function inNetns<T>(netnsFd: number, action: () => T extends PromiseLike<unknown> ? never : T): T {
  const here = openSync('/proc/thread-self/ns/net', 'r');
  try {
    setns(netnsFd, CLONE.NEWNET);
    try {
      return action();
    } finally {
      comeBack(here);
    }
  } finally {
    closeSync(here);
  }
}

function comeBack(netnsFd: number): void {
  try {
    setns(netnsFd, CLONE.NEWNET);
  } catch (error) {
    process.stderr.write(`gantry: cannot return to the own network namespace: ${String(error)}\n`);
    process.abort();
  }
}

/** A new, empty namespace (loopback only, down) that lives as long as the descriptor and whoever enters it. */
export function createNetns(): number {
  const here = openSync('/proc/thread-self/ns/net', 'r');
  try {
    unshare(CLONE.NEWNET);
    try {
      return openSync('/proc/thread-self/ns/net', 'r');
    } finally {
      comeBack(here);
    }
  } finally {
    closeSync(here);
  }
}
