// Waiting for a container's end: on the monitor's socket, never by polling.
import { setTimeout as delay } from 'node:timers/promises';
import { attach, type AttachedShim } from '../../native/shim/attach-client.ts';
import { isErrno } from '../../native/syscall-error.ts';
import type { ContainerDeps } from './container-deps.ts';
import type { ContainerRecord } from './container.ts';

/** True when it has ended, false when the time ran out first. @param timeoutMs undefined waits for ever */
export async function untilEnd(
  deps: Pick<ContainerDeps, 'paths'>,
  record: Pick<ContainerRecord, 'id'>,
  timeoutMs?: number,
): Promise<boolean> {
  const connection = await connectToMonitor(deps.paths.runDir(record.id));
  if (connection === undefined) return true;
  await using _ = connection;
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
export async function connectToMonitor(runDir: string): Promise<AttachedShim | undefined> {
  try {
    return await attach(runDir);
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE')) return undefined;
    throw error;
  }
}
