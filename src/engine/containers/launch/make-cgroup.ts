import type { IdRange } from '../../../native/shim/protocol.ts';
import type { Cgroup, DelegatedTo } from '../../cgroups/cgroup.ts';
import type { ContainerDeps } from '../container-deps.ts';
import type { ContainerRecord } from '../container.ts';
import { devicesFor } from '../oci/devices.ts';
import type { OciDevice } from '../oci/oci-spec.ts';
import { isSystemContainer } from '../oci/system-container.ts';

/** The container's cgroup with its limits, and the device nodes that it allows. A system container divides it further. */
export function makeCgroup(
  deps: Pick<ContainerDeps, 'cgroups'>,
  record: ContainerRecord,
): { readonly cgroup: Cgroup; readonly devices: readonly OciDevice[] } {
  const { id, hostConfig } = record;
  const { nodes, rules } = devicesFor(hostConfig);
  const cgroup = deps.cgroups.create({
    containerId: id,
    parent: hostConfig.CgroupParent,
    resources: hostConfig,
    devices: rules,
    ...(isSystemContainer(record) ? { delegated: rootOf(record) } : {}),
  });
  return { cgroup, devices: nodes };
}

/** As the host knows it. */
function rootOf({ userns }: ContainerRecord): DelegatedTo {
  const outside = (ranges: readonly IdRange[] | undefined): number =>
    ranges?.find(({ inside }) => inside === 0)?.outside ?? 0;
  return { uid: outside(userns?.maps.uids), gid: outside(userns?.maps.gids) };
}
