// Waiting for a container's end: on the monitor's socket. Its process is polled only where the run directory with the
// socket was removed while the container runs: then nothing else tells.
import { setTimeout as delay } from 'node:timers/promises';
import { attach, type AttachedShim } from '../../native/shim/attach-client.ts';
import { isErrno } from '../../native/syscall-error.ts';
import type { ContainerDeps } from './container-deps.ts';
import type { ContainerStore } from './container-store.ts';
import { isAlive, type ContainerRecord } from './container.ts';
import { isProcessAlive } from './identity.ts';

/**
 * Somebody who waits for a container's end and does what follows it, as the monitor's supervisor: the monitor then need
 * not start a process for that. Disposing without `cleaned` leaves it to the monitor after all.
 */
export interface Ending extends AsyncDisposable {
  /** True when it has ended, false when the time ran out first. @param timeoutMs undefined waits for ever */
  within(timeoutMs?: number): Promise<boolean>;
  /** What follows the end has been done. */
  cleaned(): void;
}

type WaitDeps = Pick<ContainerDeps, 'paths' | 'store'>;

/** Connect before the signal that is to end it, so that the monitor knows of us when it does. */
export async function expectEnd(deps: WaitDeps, record: Pick<ContainerRecord, 'id'>): Promise<Ending> {
  const connection = await connectToMonitor(deps.paths.runDir(record.id), true);
  return {
    within: async (timeoutMs) =>
      connection === undefined
        ? await goneWithin(deps.store, record.id, timeoutMs)
        : await exitWithin(connection, timeoutMs),
    cleaned: () => connection?.cleaned(),
    [Symbol.asyncDispose]: async () => await connection?.[Symbol.asyncDispose](),
  };
}

/** Resolves when it has ended; what follows is somebody else's. */
export async function untilEnd(deps: WaitDeps, record: Pick<ContainerRecord, 'id'>): Promise<void> {
  await using connection = await connectToMonitor(deps.paths.runDir(record.id));
  if (connection === undefined) await goneWithin(deps.store, record.id);
  else await connection.exit;
}

/**
 * For a monitor that nobody can connect to: true at once where it has ended.
 * @param timeoutMs undefined waits for ever
 */
export async function goneWithin(
  store: ContainerStore,
  id: string,
  timeoutMs: number = Number.POSITIVE_INFINITY,
): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const state = store.find(id)?.state;
    if (state === undefined || !isAlive(state) || !isProcessAlive(state.monitor)) return true;
    const left = deadline - performance.now();
    if (left <= 0) return false;
    await delay(Math.min(left, LOOK_MS));
  }
}

const LOOK_MS = 50;

async function exitWithin(connection: AttachedShim, timeoutMs: number | undefined): Promise<boolean> {
  if (timeoutMs === undefined) {
    await connection.exit;
    return true;
  }
  const timer = new AbortController();
  const late = delay(timeoutMs, false, { signal: timer.signal }).catch(() => false);
  try {
    return await Promise.race([connection.exit.then(() => true), late]);
  } finally {
    timer.abort();
  }
}

/** A client that only waits; undefined where the monitor is gone, and its container with it, or cannot be reached. */
export async function connectToMonitor(
  runDir: string,
  supervisor = false,
): Promise<AttachedShim | undefined> {
  try {
    return await attach(runDir, { supervisor });
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE')) return undefined;
    throw error;
  }
}
