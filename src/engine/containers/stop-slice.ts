// When systemd stops the unit that a slice's containers are in, at shutdown at the latest, they are stopped as by `stop`:
// each by its own signal and within its own time, all at once, with the right state afterwards.
import type { ContainerDeps } from './container-deps.ts';
import { isAlive } from './container.ts';
import { stopContainer } from './stop.ts';

/** @param slice HostConfig.CgroupParent. One that does not stop does not hold up the others; systemd ends what is left. */
export async function stopSlice(deps: ContainerDeps, slice: string): Promise<void> {
  const there = deps.store
    .list()
    .filter(({ record, state }) => isAlive(state) && (record.hostConfig.CgroupParent ?? '') === slice);
  await Promise.allSettled(there.map(async ({ record }) => await stopContainer(deps, record.id)));
}
