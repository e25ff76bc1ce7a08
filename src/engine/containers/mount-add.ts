// `mount add`: a mount on a container that runs. It is part of the container from then on, as if it had been created
// with it: the next start makes it again, until `mount rm` takes it away.
import { hasSyscall } from '../../native/kernel-features.ts';
import type { AddMountRequest } from '../api/container-request.ts';
import type { MountPoint } from '../api/container-types.ts';
import { isErrorKind } from '../api/errors.ts';
import { resolveMounts } from '../volumes/mount-specs.ts';
import { withContainerLock, type ContainerDeps } from './container-deps.ts';
import { isAlive, notRunning, shownMount, type ContainerMount, type ContainerRecord } from './container.ts';
import { settle } from './finish.ts';
import { mountOp } from './launch/launch-plan.ts';
import { changeInContainer, type LivingContainer } from './mounts/mount-change.ts';
import {
  additionFailure,
  assertKernelCan,
  assertMayMountAt,
  onlyMount,
  somethingThere,
} from './mounts/mount-rules.ts';
import { mountedAt } from './mounts/mounted.ts';
import { planMount, recordedMount, type PlannedMount } from './mounts/planned-mounts.ts';
import { prepareMount } from './mounts/prepare-mounts.ts';
import { userMount } from './oci/spec-mounts.ts';

/** Throws conflict where the container does not run or something is mounted there already. */
export async function addMount(
  deps: ContainerDeps,
  idOrName: string,
  request: AddMountRequest,
): Promise<MountPoint> {
  const { Binds, Mounts, Tmpfs, Volumes } = request;
  const volumes = Object.keys(Volumes ?? {});
  const wanted = planMount(
    onlyMount(resolveMounts({ hostConfig: { Binds, Mounts, Tmpfs }, volumes, inherited: [] })),
  );
  assertKernelCan(hasSyscall);
  const { record: known } = deps.store.get(idOrName);
  return await withContainerLock(deps, known, async () => {
    const { record, state } = await settle(deps, known.id);
    if (!isAlive(state)) throw notRunning(record.id);
    assertMayMountAt(record, wanted.target);
    const mount = await addLocked(deps, { record, state }, wanted);
    publishMount(deps, record, mount);
    return shownMount(mount);
  });
}

async function addLocked(
  deps: ContainerDeps,
  container: LivingContainer,
  wanted: PlannedMount,
): Promise<ContainerMount> {
  const { record, state } = container;
  // Source comes when it is made: until then there is nothing to be found in the kernel.
  const draft = { ...recordedMount(wanted), Source: '' };
  // Perhaps by way of a link. Whoever ends this change for us must find nothing there that is not from it.
  if (mountedAt(state.init, draft) !== undefined) throw somethingThere(wanted.target);
  try {
    return await changeInContainer(deps, container, {
      action: 'add',
      draft,
      prepare: async () => await prepareMount(deps, wanted, topChainIdOf(deps, record)),
      op: (mount) => mountOp(userMount(record, mount)),
    });
  } catch (error) {
    throw additionFailure(error, record, wanted.target);
  }
}

/** Undefined where the image was removed by force: nothing is left that a volume could be filled with. */
function topChainIdOf(deps: ContainerDeps, { imageId }: ContainerRecord): string | undefined {
  try {
    return deps.images.resolve(imageId).topChainId;
  } catch (error) {
    if (isErrorKind(error, 'not-found')) return undefined;
    throw error;
  }
}

/** Docker tells of volumes only. The container's own event tells followers that it changed. */
function publishMount(deps: ContainerDeps, { id, name }: ContainerRecord, mount: ContainerMount): void {
  const { Type, Name, Source, Destination, RW, Propagation } = mount;
  if (Name !== undefined) {
    deps.events.publish({
      type: 'volume',
      action: 'mount',
      id: Name,
      attributes: {
        container: id,
        destination: Destination,
        driver: mount.Driver ?? 'local',
        propagation: Propagation,
        'read/write': String(RW),
      },
    });
  }
  const attributes = { name, type: Type, source: Name ?? Source, destination: Destination };
  deps.events.publish({ type: 'container', action: 'mount', id, attributes });
}
