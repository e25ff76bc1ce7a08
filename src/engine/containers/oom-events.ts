// The event `oom`, which Docker's daemon publishes when the kernel kills a process of a container for its memory. We
// have no daemon: whoever looks first tells. Those who follow the events look every second, and the end of a container
// is the last occasion. A mark in its run directory says up to which count it was told, so that nobody tells twice.
import { closeSync, openSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { namesIfThere } from '../../native/if-there.ts';
import { isErrno } from '../../native/syscall-error.ts';
import { eventAttributes, type RunningDeps } from './container-deps.ts';
import { isAlive, type ContainerRecord } from './container.ts';

type OomDeps = Pick<RunningDeps, 'paths' | 'store' | 'cgroups' | 'events'>;

/** Tells of all kills in running containers that nobody has told of yet. */
export function tellOomKills(deps: OomDeps): void {
  for (const { record, state } of deps.store.list()) if (isAlive(state)) tellOomKillsOf(deps, record);
}

/** The same for one container, which may have ended just now. Answers whether any process was killed. */
export function tellOomKillsOf(deps: OomDeps, record: ContainerRecord): boolean {
  const place = { containerId: record.id, parent: record.hostConfig.CgroupParent };
  const kills = deps.cgroups.open(place).oomKills() ?? 0;
  if (kills === 0) return false;
  if (takeMark(deps.paths.runDir(record.id), kills)) {
    const attributes = eventAttributes(record);
    deps.events.publish({ type: 'container', action: 'oom', id: record.id, attributes });
  }
  return true;
}

const MARK = /^oom-(\d+)$/;

/** True for the one process that may tell of this count. */
function takeMark(runDir: string, kills: number): boolean {
  const told = namesIfThere(runDir).flatMap((name) => Number(MARK.exec(name)?.[1] ?? []));
  if (told.some((count) => count >= kills) || !makeMark(runDir, kills)) return false;
  for (const count of told) rmSync(join(runDir, `oom-${count}`), { force: true });
  return true;
}

/** O_EXCL: of two that see the same count, one makes it. Where the directory is gone, the end was told already. */
function makeMark(runDir: string, kills: number): boolean {
  try {
    closeSync(openSync(join(runDir, `oom-${kills}`), 'wx', 0o600));
    return true;
  } catch (error) {
    if (isErrno(error, 'EEXIST', 'ENOENT')) return false;
    throw error;
  }
}
