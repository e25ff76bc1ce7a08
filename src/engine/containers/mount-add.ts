// `mount add`: a mount on a container that runs. It is part of the container from then on, as if it had been created
// with it: the next start makes it again, until `mount rm` takes it away.
import { hasSyscall } from '../../native/kernel-features.ts';
import type { AddMountRequest } from '../api/container-request.ts';
import type { MountPoint } from '../api/container-types.ts';
import { isErrorKind } from '../api/errors.ts';
import { resolveMounts, type ResolvedMount } from '../volumes/mount-specs.ts';
import { ANONYMOUS_LABEL } from '../volumes/volume-request.ts';
import { withContainerLock, type ContainerDeps } from './container-deps.ts';
import { isAlive, notRunning, shownMount, type ContainerMount, type ContainerRecord } from './container.ts';
import { settle } from './finish.ts';
import { newId } from './identity.ts';
import { mountOp } from './launch-plan.ts';
import { changeInContainer, type LivingContainer } from './mount-change.ts';
import {
  additionFailure,
  assertKernelCan,
  assertMayMountAt,
  onlyMount,
  somethingThere,
} from './mount-rules.ts';
import { mountedAt } from './mounted.ts';
import { prepareMount } from './prepare-mounts.ts';
import { userMount } from './spec-mounts.ts';

/** Throws conflict where the container does not run or something is mounted there already. */
export async function addMount(
  deps: ContainerDeps,
  idOrName: string,
  request: AddMountRequest,
): Promise<MountPoint> {
  const { Binds, Mounts, Tmpfs, Volumes } = request;
  const volumes = Object.keys(Volumes ?? {});
  const wanted = named(
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

type NamedMount = ResolvedMount & { readonly anonymous: boolean };

/** A volume gets its name before it is made, so that a process that dies meanwhile leaves none without an owner. */
function named(mount: ResolvedMount): NamedMount {
  if (mount.kind !== 'volume' || mount.name !== '') return { ...mount, anonymous: false };
  return { ...mount, name: newId(), labels: { ...mount.labels, [ANONYMOUS_LABEL]: '' }, anonymous: true };
}

async function addLocked(
  deps: ContainerDeps,
  container: LivingContainer,
  wanted: NamedMount,
): Promise<ContainerMount> {
  const { record, state } = container;
  const draft = draftOf(wanted);
  // Perhaps by way of a link. Whoever ends this change for us must find nothing there that is not from it.
  if (mountedAt(state.init, draft) !== undefined) throw somethingThere(wanted.target);
  try {
    return await changeInContainer(deps, container, {
      action: 'add',
      draft,
      prepare: async () => {
        const mount = await prepareMount(deps, wanted, topChainIdOf(deps, record));
        return { ...mount, anonymous: wanted.anonymous };
      },
      op: (mount) => mountOp(userMount(record, mount)),
    });
  } catch (error) {
    throw additionFailure(error, record, wanted.target);
  }
}

/** Enough to find it in the kernel and to keep its volume; Source comes when that is made. */
function draftOf(wanted: NamedMount): ContainerMount {
  return {
    Type: wanted.kind,
    ...(wanted.kind === 'volume' ? { Name: wanted.name } : {}),
    Source: '',
    Destination: wanted.target,
    Mode: '',
    RW: !wanted.readOnly,
    Propagation: '',
    anonymous: wanted.anonymous,
    options: '',
    recursive: false,
  };
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
