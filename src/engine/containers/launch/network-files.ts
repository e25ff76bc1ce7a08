import type { ContainerDeps } from '../container-deps.ts';
import type { ContainerRecord } from '../container.ts';

/** Where hosts, hostname and resolv.conf of a container are: with the container whose network it shares. */
export function filesDirOf(deps: Pick<ContainerDeps, 'store' | 'paths'>, record: ContainerRecord): string {
  const [, other] = /^container:(.+)$/.exec(record.hostConfig.NetworkMode ?? '') ?? [];
  const owner = other === undefined ? undefined : deps.store.find(other);
  return owner === undefined ? deps.paths.containerDir(record.id) : filesDirOf(deps, owner.record);
}
