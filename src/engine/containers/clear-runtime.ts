import { rmSync } from 'node:fs';
import type { ContainerDeps } from './container-deps.ts';
import type { ContainerRecord } from './container.ts';

/**
 * Takes away all that exists only while a container runs: its processes, network links and lease, cgroup and run
 * directory. What is not there is no error, so it also undoes half a start.
 * @param meanwhile what else goes when no process is left
 */
export async function clearRuntime(
  deps: ContainerDeps,
  record: ContainerRecord,
  meanwhile?: () => Promise<void>,
): Promise<void> {
  const cgroup = deps.cgroups.open({ containerId: record.id, parent: record.hostConfig.CgroupParent });
  await cgroup.kill();
  // Deleting a link waits for the kernel on another thread, tens of milliseconds: the others go meanwhile.
  await Promise.all([deps.network.disconnect(record.id), cgroup.remove(), meanwhile?.()]);
  rmSync(deps.paths.runDir(record.id), { recursive: true, force: true });
}
