// `docker update`: limits of a container that exists, changed in the kernel and in its record, or in neither.
import { closeSync } from 'node:fs';
import { openNetnsOf } from '../../native/netns.ts';
import type { HostConfig, NetworkRate, UpdateContainerRequest } from '../api/container-request.ts';
import { EngineError } from '../api/errors.ts';
import { refuseRestartPolicy } from './checks/check-host-config.ts';
import { eventAttributes, withContainerLock, type ContainerDeps } from './container-deps.ts';
import { isAlive, type Container } from './container.ts';
import { settle } from './finish.ts';
import { checkedRate, updatedRate } from './checks/network-rate.ts';
import { possibleChanges, updatedConfig } from './update-config.ts';

/** Of one that runs at once; of one that does not, at its next start. What the kernel refuses changes nothing. */
export async function updateContainer(
  deps: ContainerDeps,
  idOrName: string,
  asked: UpdateContainerRequest,
): Promise<{ Warnings: string[] }> {
  const { record } = deps.store.get(idOrName);
  const { id } = record;
  const warnings = await withContainerLock(deps, record, async () => {
    const container = await settle(deps, id);
    checkRestartPolicy(container.record.hostConfig, asked);
    try {
      return change(deps, container, asked);
    } catch (error) {
      throw cannotUpdate(id, error);
    }
  });
  const attributes = eventAttributes(deps.store.find(id)?.record ?? record);
  deps.events.publish({ type: 'container', action: 'update', id, attributes });
  return { Warnings: [...warnings] };
}

function checkRestartPolicy(current: HostConfig, { RestartPolicy }: UpdateContainerRequest): void {
  const name = RestartPolicy?.Name ?? '';
  if (current.AutoRemove === true && name !== '' && name !== 'no') {
    throw new EngineError(
      'conflict',
      'Restart policy cannot be updated because AutoRemove is enabled for the container',
    );
  }
  refuseRestartPolicy(RestartPolicy);
}

function change(deps: ContainerDeps, container: Container, asked: UpdateContainerRequest): readonly string[] {
  const { record, state } = container;
  const wanted = updatedConfig(record.hostConfig, asked);
  const { resources: hostConfig, warnings } = deps.cgroups.checkResources(wanted.hostConfig);
  const rate = checkedRate(
    updatedRate(hostConfig.NetworkRate, asked.NetworkRate),
    hostConfig.NetworkMode ?? 'bridge',
  );
  using undo = new DisposableStack();
  if (isAlive(state)) {
    const place = { containerId: record.id, parent: hostConfig.CgroupParent };
    undo.defer(deps.cgroups.open(place).update(possibleChanges(wanted.changes, hostConfig)));
    if (asked.NetworkRate !== undefined && asked.NetworkRate !== null) {
      const target = { id: record.id, pid: state.init.pid };
      // Before the change: one that fails may have been made in one direction.
      undo.defer(() => setRate(deps, target, record.hostConfig.NetworkRate ?? null));
      setRate(deps, target, rate);
    }
  }
  deps.store.replace({ ...record, hostConfig: { ...hostConfig, NetworkRate: rate } });
  undo.move();
  return warnings;
}

function setRate(
  { network }: Pick<ContainerDeps, 'network'>,
  { id, pid }: { readonly id: string; readonly pid: number },
  rate: NetworkRate | null,
): void {
  const netnsFd = openNetnsOf(pid);
  try {
    network.setRate(id, netnsFd, rate);
  } finally {
    closeSync(netnsFd);
  }
}

/** Docker's words around the reason. */
function cannotUpdate(id: string, cause: unknown): EngineError {
  const kind = cause instanceof EngineError ? cause.kind : 'internal';
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new EngineError(kind, `Cannot update container ${id}: ${reason}`, { cause });
}
