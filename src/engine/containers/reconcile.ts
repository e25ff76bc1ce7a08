// Compares the machine with what is written down and removes what belongs to no container. Every list mends what a dead
// process left of a known container (`mendAll`); this looks at everything, so only the dashboard's start and `prune` do it.
import { rmSync } from 'node:fs';
import { namesIfThere } from '../../native/if-there.ts';
import { tryLock } from '../state/locks.ts';
import { lockFile, type ContainerDeps } from './container-deps.ts';
import { isAlive } from './container.ts';
import { mendAll } from './finish.ts';
import { ownerOf } from './launch/run-dir-owner.ts';

/** Returns what was mended, a line each. */
export async function reconcile(deps: ContainerDeps): Promise<string[]> {
  const mended = (await mendAll(deps)).map(
    (name) => `container ${name}: finished what a dead process had begun`,
  );
  mended.push(...(await deps.network.reconcile(() => livingIds(deps))));
  const living = livingIds(deps);
  for (const id of strayRuntimes(deps).filter((stray) => !living.has(stray))) {
    if (await removeStray(deps, id)) mended.push(`removed leftovers of container ${id.slice(0, 12)}`);
  }
  for (const key of deps.storage.listSnapshots()) {
    // A creation writes its row before it makes anything, so a snapshot without one has no owner.
    if (deps.store.has(key)) continue;
    await deps.storage.removeSnapshot(key);
    mended.push(`removed file system of container ${key.slice(0, 12)}, which is gone`);
  }
  retireStrayLocks(deps);
  mended.push(...(await deps.volumes.reconcile()));
  await deps.storage.sweep();
  await deps.images.sweep();
  return mended;
}

/** Running, or being started or ended by some process. */
function livingIds(deps: ContainerDeps): Set<string> {
  const living = deps.store.list().filter(({ state, intent }) => isAlive(state) || intent !== undefined);
  return new Set(living.map(({ record }) => record.id));
}

/**
 * Ids that have a run directory, which is the first thing that a start makes and the last that goes; or a cgroup and a
 * row. A cgroup alone says nothing: the engines of other roots have theirs beside ours, and may share our run root.
 */
function strayRuntimes(deps: ContainerDeps): string[] {
  const known = deps.cgroups.list().filter((id) => deps.store.has(id));
  return [...new Set([...known, ...namesIfThere(deps.paths.runDir('')).filter((id) => isOurs(deps, id))])];
}

function isOurs(deps: ContainerDeps, id: string): boolean {
  const owner = ownerOf(deps.paths.runDir(id));
  return owner === '' || owner === deps.paths.root;
}

/** False where another process works on it, or it lives after all. */
async function removeStray(deps: ContainerDeps, id: string): Promise<boolean> {
  using lock = tryLock(lockFile(deps, id));
  const container = deps.store.find(id);
  if (lock === undefined || (container !== undefined && isAlive(container.state))) return false;
  const cgroup = deps.cgroups.open({ containerId: id, parent: container?.record.hostConfig.CgroupParent });
  await cgroup.kill();
  await deps.network.disconnect(id);
  await cgroup.remove();
  rmSync(deps.paths.runDir(id), { recursive: true, force: true });
  if (container === undefined) lock.retire();
  return true;
}

/** A creation takes its lock before its row is there, and may be killed between the two. */
function retireStrayLocks(deps: ContainerDeps): void {
  for (const id of namesIfThere(deps.paths.locks).filter((name) => /^[0-9a-f]{64}$/.test(name))) {
    if (deps.store.has(id)) continue;
    using lock = tryLock(lockFile(deps, id));
    if (lock !== undefined && !deps.store.has(id)) lock.retire();
  }
}
