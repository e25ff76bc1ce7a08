// The end of a container: everything that it consists of goes. Also what undoes a creation.
import { rmSync } from 'node:fs';
import { isErrorKind } from '../api/errors.ts';
import { clearRuntime } from './clear-runtime.ts';
import { eventAttributes, type ContainerDeps } from './container-deps.ts';
import type { ContainerRecord } from './container.ts';
import { releaseUserns } from './checks/userns-choice.ts';

/** Under the lock. The intent stays until all is gone, so whoever finds it goes on here. */
export async function removeLocked(
  deps: ContainerDeps,
  record: ContainerRecord,
  options: { readonly volumes: boolean },
): Promise<void> {
  deps.store.setIntent(record.id, 'remove');
  await removeAll(deps, deps.store.find(record.id)?.record ?? record, options);
  const attributes = eventAttributes(record);
  deps.events.publish({ type: 'container', action: 'destroy', id: record.id, attributes });
}

/** Under the lock: undoes a creation. Nobody was told of it, so nobody is told of its end. */
export async function discardUnfinished(deps: ContainerDeps, record: ContainerRecord): Promise<void> {
  await removeAll(deps, record, { volumes: true });
}

/** Everything that a container consists of, then its row, and last what only its row kept. */
async function removeAll(
  deps: ContainerDeps,
  record: ContainerRecord,
  options: { readonly volumes: boolean },
): Promise<void> {
  const { id } = record;
  await clearRuntime(deps, record, () => deps.storage.removeSnapshot(id));
  rmSync(deps.paths.containerDir(id), { recursive: true, force: true });
  await releaseUserns(deps, record);
  deps.store.delete(id);
  if (!options.volumes) return;
  for (const mount of record.mounts) {
    if (mount.anonymous && mount.Name !== undefined) await removeVolume(deps, mount.Name);
  }
}

async function removeVolume(deps: ContainerDeps, name: string): Promise<void> {
  try {
    await deps.volumes.remove(name, { force: true });
  } catch (error) {
    // Another container got it by --volumes-from; it goes with that one.
    if (!isErrorKind(error, 'conflict')) throw error;
  }
}
