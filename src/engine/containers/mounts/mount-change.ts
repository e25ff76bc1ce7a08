// A change of a running container's mounts, and its intent: begun in the record before the kernel is asked, ended in it
// afterwards. Whoever finds one asks the kernel how it ended: what is mounted is written down, what is not is not.
import { changeMounts } from '../../../native/shim/live-mounts.ts';
import type { SetupOp } from '../../../native/shim/protocol.ts';
import { closeFd, pidfdOpen } from '../../../native/syscalls.ts';
import type { ContainerDeps } from '../container-deps.ts';
import {
  isAlive,
  notRunning,
  type Container,
  type ContainerMount,
  type ContainerRecord,
  type ContainerState,
  type MountChange,
  type RunningFacts,
} from '../container.ts';
import { isProcessAlive } from '../identity.ts';
import { mountedAt } from './mounted.ts';

export interface LivingContainer {
  readonly record: ContainerRecord;
  readonly state: Extract<ContainerState, RunningFacts>;
}

export interface ChangeRequest {
  readonly action: MountChange['action'];
  /** Written down before anything is made. */
  readonly draft: ContainerMount;
  /** Makes what has to be there before the kernel is asked. */
  readonly prepare: () => Promise<ContainerMount>;
  readonly op: (mount: ContainerMount) => SetupOp;
}

/** Under the lock. On failure the record says what the kernel has. @returns the mount, whole */
export async function changeInContainer(
  deps: ContainerDeps,
  container: LivingContainer,
  request: ChangeRequest,
): Promise<ContainerMount> {
  const { record, state } = container;
  const { action } = request;
  begin(deps, record, { action, mount: request.draft });
  try {
    const mount = await request.prepare();
    begin(deps, record, { action, mount });
    await carryOut(deps, container, request.op(mount));
    deps.store.replace(action === 'add' ? withMount(record, mount) : withoutMount(record, mount));
    return mount;
  } catch (error) {
    const begun = deps.store.find(record.id)?.record ?? record;
    await settleMountChange(deps, { record: begun, state });
    throw error;
  }
}

function begin(deps: Pick<ContainerDeps, 'store'>, record: ContainerRecord, mountChange: MountChange): void {
  deps.store.replace({ ...record, mountChange });
}

/** Through a pidfd, so that a pid that was taken by another process meanwhile is never entered. */
async function carryOut(deps: ContainerDeps, { record, state }: LivingContainer, op: SetupOp): Promise<void> {
  const { shimPath } = deps;
  const pidfd = pidfdOpen(state.init.pid);
  try {
    if (!isProcessAlive(state.init)) throw notRunning(record.id);
    await changeMounts({
      shimPath,
      id: record.id,
      pidfd,
      rootfs: `/proc/${state.init.pid}/root`,
      maps: record.userns?.maps,
      user: record.config.User,
      ops: [op],
    });
  } finally {
    closeFd(pidfd);
  }
}

/** Under the lock: ends a change as the kernel has it. @returns the record as it is then */
export async function settleMountChange(
  deps: ContainerDeps,
  { record, state }: Pick<Container, 'record' | 'state'>,
): Promise<ContainerRecord> {
  const { mountChange } = record;
  if (mountChange === undefined) return record;
  const { action, mount } = mountChange;
  const isPrepared = mount.Type === 'tmpfs' || mount.Source !== '';
  const isThere = isPrepared && isAlive(state) && mountedAt(state.init, mount)?.isOurs === true;
  const settled = isThere ? withMount(record, mount) : withoutMount(record, mount);
  deps.store.replace(settled);
  if (action === 'add' && !isThere && mount.anonymous) await discardVolume(deps, mount);
  return settled;
}

function withMount(record: ContainerRecord, mount: ContainerMount): ContainerRecord {
  const { mountChange: _, ...rest } = record;
  const isListed = rest.mounts.some(({ Destination }) => Destination === mount.Destination);
  return isListed ? rest : { ...rest, mounts: [...rest.mounts, mount] };
}

export function withoutMount(record: ContainerRecord, mount: ContainerMount): ContainerRecord {
  const { mountChange: _, ...rest } = record;
  return { ...rest, mounts: rest.mounts.filter(({ Destination }) => Destination !== mount.Destination) };
}

/** It was made for this mount and holds nothing but what the image has. */
async function discardVolume(deps: ContainerDeps, { Name }: ContainerMount): Promise<void> {
  if (Name !== undefined) await deps.volumes.remove(Name, { force: true });
}
