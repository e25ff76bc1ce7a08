// Pause and unpause: the cgroup's freezer.
import { EngineError } from '../api/errors.ts';
import { eventAttributes, withContainerLock, type ContainerDeps } from './container-deps.ts';
import { notRunning, transition } from './container.ts';
import { settle } from './finish.ts';

export async function pauseContainer(deps: ContainerDeps, idOrName: string): Promise<void> {
  const { record } = deps.store.get(idOrName);
  await withContainerLock(deps, record, async () => {
    const { state } = await settle(deps, record.id);
    if (state.status === 'paused')
      throw new EngineError('conflict', `container ${record.id} is already paused`);
    if (state.status !== 'running') throw notRunning(record.id);
    const cgroup = cgroupOf(deps, record);
    await cgroup.freeze();
    deps.store.setState(record.id, transition(state, { type: 'paused' }));
  });
  deps.events.publish({
    type: 'container',
    action: 'pause',
    id: record.id,
    attributes: eventAttributes(record),
  });
}

export async function unpauseContainer(deps: ContainerDeps, idOrName: string): Promise<void> {
  const { record } = deps.store.get(idOrName);
  await withContainerLock(deps, record, async () => {
    const { state } = await settle(deps, record.id);
    if (state.status !== 'paused') throw new EngineError('conflict', `container ${record.id} is not paused`);
    await cgroupOf(deps, record).thaw();
    deps.store.setState(record.id, transition(state, { type: 'unpaused' }));
  });
  deps.events.publish({
    type: 'container',
    action: 'unpause',
    id: record.id,
    attributes: eventAttributes(record),
  });
}

function cgroupOf(
  deps: ContainerDeps,
  record: { id: string; hostConfig: { CgroupParent?: string | undefined } },
) {
  return deps.cgroups.open({ containerId: record.id, parent: record.hostConfig.CgroupParent });
}
