// The processes of a cgroup: who they are, freezing, killing, and removing the directory after them.
import { readdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isErrno } from '../../native/syscall-error.ts';
import { CgroupError, readCgroupFile, writeCgroupFile } from './cgroup-files.ts';

const DEADLINE_MS = 10_000;
const LONGEST_PAUSE_MS = 20;

/** Of this directory and those below, as our pid namespace sees them; those of other namespaces are left out. */
export function pidsBelow(directory: string): number[] {
  const own = (readProcs(directory) ?? '').split('\n').map(Number);
  const below = childrenOf(directory).flatMap(pidsBelow);
  return [...own.filter((pid) => pid > 0), ...below];
}

function readProcs(directory: string): string | undefined {
  try {
    return readCgroupFile(join(directory, 'cgroup.procs'));
  } catch (error) {
    // A threaded v2 cgroup does not list processes; they are listed at its domain root.
    if (isErrno(error, 'EOPNOTSUPP', 'ENOTSUP')) return undefined;
    throw error;
  }
}

function childrenOf(directory: string): string[] {
  try {
    return readdirSync(directory, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => join(directory, entry.name));
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENODEV')) return [];
    throw error;
  }
}

/** Asks again, with growing pauses, until `done`; false where that took too long. */
async function within(deadlineMs: number, done: () => boolean): Promise<boolean> {
  const deadline = Date.now() + deadlineMs;
  for (let pauseMs = 1; !done(); pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    if (Date.now() > deadline) return false;
    await delay(pauseMs);
  }
  return true;
}

/** How one version freezes: kernel doc cgroup-v1/freezer-subsystem and cgroup-v2, "cgroup.freeze". */
export interface Freezer {
  readonly directory: string;
  readonly version: 1 | 2;
}

export function isFrozen({ directory, version }: Freezer): boolean {
  if (version === 1) return readCgroupFile(join(directory, 'freezer.state')) === 'FROZEN';
  return /^frozen 1$/m.test(readCgroupFile(join(directory, 'cgroup.events')) ?? '');
}

export async function freeze(freezer: Freezer, deadlineMs = DEADLINE_MS): Promise<void> {
  let asked = 0;
  const done = await within(deadlineMs, () => {
    // A v1 freeze can stall in FREEZING behind a process that was forked meanwhile: thaw and ask again now and then.
    if (freezer.version === 1 && asked > 0 && asked % 50 === 0) writeState(freezer, false);
    if (freezer.version === 1 || asked === 0) writeState(freezer, true);
    asked += 1;
    return isFrozen(freezer);
  });
  if (done) return;
  writeState(freezer, false);
  throw new CgroupError(
    `freeze ${freezer.directory}: not all processes could be frozen within ${deadlineMs} ms`,
  );
}

export async function thaw(freezer: Freezer): Promise<void> {
  writeState(freezer, false);
  if (!(await within(DEADLINE_MS, () => !isFrozen(freezer))))
    throw new CgroupError(`thaw ${freezer.directory}: still frozen after ${DEADLINE_MS} ms`);
}

function writeState({ directory, version }: Freezer, frozen: boolean): void {
  if (version === 2) writeCgroupFile(join(directory, 'cgroup.freeze'), frozen ? '1' : '0');
  else writeCgroupFile(join(directory, 'freezer.state'), frozen ? 'FROZEN' : 'THAWED');
}

/**
 * SIGKILL to everything in these directories until nothing is left.
 * @param v2Directory where cgroup.kill (5.14) takes them all at once, forks included
 */
export async function killAll(directories: readonly string[], v2Directory?: string): Promise<void> {
  let left: number[] = [];
  const done = await within(DEADLINE_MS, () => {
    if (v2Directory !== undefined) killAtOnce(v2Directory);
    left = [...new Set(directories.flatMap(pidsBelow))];
    for (const pid of left) killOne(pid);
    return left.length === 0;
  });
  if (!done)
    throw new CgroupError(`kill ${directories[0] ?? ''}: process ${left.join(', ')} did not end on SIGKILL`);
}

function killAtOnce(directory: string): void {
  try {
    writeCgroupFile(join(directory, 'cgroup.kill'), '1');
  } catch (error) {
    if (!isErrno(error, 'ENOENT', 'ENODEV', 'EOPNOTSUPP', 'EACCES', 'EPERM')) throw error;
  }
}

function killOne(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (!isErrno(error, 'ESRCH')) throw error;
  }
}

/** Removes a directory and those below. The kernel says EBUSY for a moment after the last process has ended. */
export async function removeDirectory(directory: string, deadlineMs = DEADLINE_MS): Promise<void> {
  if (await within(deadlineMs, () => tryRemove(directory))) return;
  const pids = pidsBelow(directory);
  const because = pids.length === 0 ? 'it is busy' : `process ${pids.join(', ')} is still in it`;
  throw new CgroupError(`remove cgroup ${directory}: ${because} after ${deadlineMs} ms`);
}

/** True where it is gone. */
export function tryRemove(directory: string): boolean {
  try {
    rmdirSync(directory);
    return true;
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENODEV')) return true;
    if (!isErrno(error, 'EBUSY', 'ENOTEMPTY')) throw error;
  }
  // Both mean either children or processes; most cgroups have no children, so they are looked for only now.
  for (const child of childrenOf(directory)) tryRemove(child);
  return childrenOf(directory).length === 0 && retry(directory);
}

function retry(directory: string): boolean {
  try {
    rmdirSync(directory);
    return true;
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENODEV')) return true;
    if (isErrno(error, 'EBUSY', 'ENOTEMPTY')) return false;
    throw error;
  }
}
