// The end of a container: everything that it consists of goes. Also what undoes a creation.
import { rmSync } from 'node:fs';
import { isErrorKind } from '../api/errors.ts';
import { clearRuntime } from './clear-runtime.ts';
import { eventAttributes, type ContainerDeps } from './container-deps.ts';
import type { ContainerRecord } from './container.ts';
import { releaseUserns } from './userns-choice.ts';

/** Under the lock. The intent stays until all is gone, so whoever finds it goes on here. */
export async function removeLocked(
  deps: ContainerDeps,
  record: ContainerRecord,
  options: { readonly volumes: boolean },
): Promise<void> {
  deps.store.setIntent(record.id, 'remove');
  const { mounts } = deps.store.find(record.id)?.record ?? record;
  await removeLeftovers(deps, record.id);
  if (options.volumes) {
    for (const mount of mounts) {
      if (mount.anonymous && mount.Name !== undefined) await removeVolume(deps, mount.Name);
    }
  }
  const attributes = eventAttributes(record);
  deps.events.publish({ type: 'container', action: 'destroy', id: record.id, attributes });
}

/** Everything that a container consists of, and its row last. */
export async function removeLeftovers(deps: ContainerDeps, id: string): Promise<void> {
  const container = deps.store.find(id);
  const removeSnapshot = (): Promise<void> => deps.storage.removeSnapshot(id);
  if (container === undefined) await removeSnapshot();
  else await clearRuntime(deps, container.record, removeSnapshot);
  rmSync(deps.paths.containerDir(id), { recursive: true, force: true });
  if (container !== undefined) await releaseUserns(deps, container.record);
  deps.store.delete(id);
}

async function removeVolume(deps: ContainerDeps, name: string): Promise<void> {
  try {
    await deps.volumes.remove(name, { force: true });
  } catch (error) {
    // Another container got it by --volumes-from; it goes with that one.
    if (!isErrorKind(error, 'conflict')) throw error;
  }
}
