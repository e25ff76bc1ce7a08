// What the operations of this room work with. Each takes the members that it needs.
import type { LaunchPlan } from '../../native/shim/protocol.ts';
import type { Cgroups } from '../cgroups/cgroup.ts';
import type { EventLog } from '../events/event-log.ts';
import type { ImageService } from '../images/image-service.ts';
import type { NetworkService } from '../network/network-service.ts';
import type { SeccompFilters } from '../security/seccomp.ts';
import { acquireLock } from '../state/locks.ts';
import type { EnginePaths } from '../state/paths.ts';
import type { StorageDriver } from '../storage/storage-driver.ts';
import type { UserNamespaces } from '../userns/user-namespaces.ts';
import type { VolumeService } from '../volumes/volume-service.ts';
import type { ContainerRecord } from './container.ts';
import type { ContainerStore } from './container-store.ts';

/** Enough for a second process in a container that runs: no images, no layers, no network. */
export interface RunningDeps {
  readonly paths: EnginePaths;
  readonly store: ContainerStore;
  readonly cgroups: Cgroups;
  readonly seccomp: SeccompFilters;
  readonly events: EventLog;
  /** The static shim. */
  readonly shimPath: string;
}

export interface ContainerDeps extends RunningDeps {
  readonly images: ImageService;
  readonly storage: StorageDriver;
  readonly volumes: VolumeService;
  readonly network: NetworkService;
  /** Loaded by the first container that has one. */
  readonly userns: () => Promise<UserNamespaces>;
  /** The command that the shim starts after a container's end, with the id added. */
  readonly cleanupCommand: readonly string[];
}

/** Runs a change of one container, when no other process changes it. The lock's file goes when the container is gone. */
export async function withContainerLock<T>(
  deps: Pick<ContainerDeps, 'paths' | 'store'>,
  { id, name }: Pick<ContainerRecord, 'id' | 'name'>,
  work: () => Promise<T>,
): Promise<T> {
  using lock = await acquireLock(lockFile(deps, id), { subject: `container ${name}` });
  try {
    return await work();
  } finally {
    if (!deps.store.has(id)) lock.retire();
  }
}

export function lockFile(deps: Pick<ContainerDeps, 'paths'>, id: string): string {
  return `${deps.paths.locks}/${id}`;
}

/** What `cleanup` is for the shim: it knows nothing of us but this command. */
export function cleanupPlan(
  deps: Pick<ContainerDeps, 'cleanupCommand'>,
  id: string,
): NonNullable<LaunchPlan['cleanup']> {
  const env = Object.entries(process.env).filter(([name]) => KEPT_VARIABLES.has(name));
  return { args: [...deps.cleanupCommand, id], env: env.map(([name, value]) => `${name}=${value ?? ''}`) };
}

/** A container must not keep a whole session's environment in its monitor's memory. */
const KEPT_VARIABLES = new Set(['PATH', 'HOME', 'LANG', 'GANTRY_CGROUP_PARENT']);

/** Docker's attributes of container events. */
export function eventAttributes(record: ContainerRecord): Record<string, string> {
  return { ...record.config.Labels, image: record.config.Image, name: record.name };
}
