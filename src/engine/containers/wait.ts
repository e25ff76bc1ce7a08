// Waiting for a container's end: on the monitor's socket, never by polling.
import { setTimeout as delay } from 'node:timers/promises';
import { attach, type AttachedShim } from '../../native/shim/attach-client.ts';
import { isErrno } from '../../native/syscall-error.ts';
import type { ContainerDeps } from './container-deps.ts';
import type { ContainerRecord } from './container.ts';

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

/** Connect before the signal that is to end it, so that the monitor knows of us when it does. */
export async function expectEnd(
  deps: Pick<ContainerDeps, 'paths'>,
  record: Pick<ContainerRecord, 'id'>,
): Promise<Ending> {
  const connection = await connectToMonitor(deps.paths.runDir(record.id), true);
  return {
    within: async (timeoutMs) => connection === undefined || (await exitWithin(connection, timeoutMs)),
    cleaned: () => connection?.cleaned(),
    [Symbol.asyncDispose]: async () => await connection?.[Symbol.asyncDispose](),
  };
}

/** Resolves when it has ended; what follows is somebody else's. */
export async function untilEnd(
  deps: Pick<ContainerDeps, 'paths'>,
  record: Pick<ContainerRecord, 'id'>,
): Promise<void> {
  await using connection = await connectToMonitor(deps.paths.runDir(record.id));
  await connection?.exit;
}

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

/** A client that only waits; undefined where the monitor is gone, and its container with it. */
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
