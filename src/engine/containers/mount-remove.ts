// `mount rm`: takes a mount from a container, whether it was created with it or got it later.
import { withContainerLock, type ContainerDeps } from './container-deps.ts';
import { isAlive, type ContainerMount, type ContainerRecord } from './container.ts';
import { settle } from './finish.ts';
import { changeInContainer, withoutMount, type LivingContainer } from './mounts/mount-change.ts';
import { assertMayUnmount, mountToRemove, removalFailure } from './mounts/mount-rules.ts';
import { mountedAt } from './mounts/mounted.ts';

export interface RemoveMountRequest {
  /** Where it is mounted. */
  readonly target: string;
  /** Also while processes use it: they keep what they have open, nobody else sees it any more. */
  readonly force?: boolean | undefined;
}

/**
 * Throws conflict where processes use it. Of a container that does not run only the record changes. A volume stays,
 * an anonymous one too: it may be the only copy of something.
 */
export async function removeMount(
  deps: ContainerDeps,
  idOrName: string,
  { target, force = false }: RemoveMountRequest,
): Promise<void> {
  const { record: known } = deps.store.get(idOrName);
  await withContainerLock(deps, known, async () => {
    const { record, state } = await settle(deps, known.id);
    const mount = mountToRemove(record, target);
    if (isAlive(state)) await unmount(deps, { record, state }, { mount, force });
    else deps.store.replace(withoutMount(record, mount));
    publishUnmount(deps, record, mount);
  });
}

async function unmount(
  deps: ContainerDeps,
  container: LivingContainer,
  { mount, force }: { readonly mount: ContainerMount; readonly force: boolean },
): Promise<void> {
  const { record, state } = container;
  const mounted = mountedAt(state.init, mount);
  if (mounted === undefined) {
    // A privileged container may have taken it away itself.
    deps.store.replace(withoutMount(record, mount));
    return;
  }
  assertMayUnmount(mounted, mount, force);
  const { target, id } = mounted.entry;
  try {
    await changeInContainer(deps, container, {
      action: 'remove',
      draft: mount,
      prepare: () => Promise.resolve(mount),
      op: () => ({ op: 'unmount', target, mountId: id, detach: force }),
    });
  } catch (error) {
    throw removalFailure(error, record, mount);
  }
}

function publishUnmount(deps: ContainerDeps, { id, name }: ContainerRecord, mount: ContainerMount): void {
  const { Type, Name, Source, Destination } = mount;
  if (Name !== undefined) {
    const attributes = { container: id, driver: mount.Driver ?? 'local' };
    deps.events.publish({ type: 'volume', action: 'unmount', id: Name, attributes });
  }
  const attributes = { name, type: Type, source: Name ?? Source, destination: Destination };
  deps.events.publish({ type: 'container', action: 'unmount', id, attributes });
}
