// Makes, finds and lists the cgroups of containers.
import { chownSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { isErrno } from '../../native/syscall-error.ts';
import { applyLimits } from './apply-limits.ts';
import { requireBlockDevices } from './block-devices.ts';
import { makeV1Directory, makeV2Directory } from './cgroup-files.ts';
import { cgroupMounts } from './cgroup-mounts.ts';
import type {
  Cgroup,
  CgroupLayout,
  CgroupPlace,
  Cgroups,
  Controller,
  CreateCgroup,
  DelegatedTo,
} from './cgroup.ts';
import { type CgroupDirectory, DELEGATED, containerCgroup, directoriesAt } from './container-cgroup.ts';
import { restrictDevices } from './devices.ts';
import { hierarchyOf, readLayout, requireHierarchies, usedHierarchies } from './layout.ts';
import { placementFor } from './placement.ts';
import { tryRemove } from './processes.ts';
import type { ResourceSupport } from './resource-check.ts';
import { checkResources } from './resource-checks.ts';
import { resourceSupport } from './resource-support.ts';
import type { SystemdOptions } from './systemd.ts';

export interface CgroupsOptions {
  /** Path from each hierarchy's root (GANTRY_CGROUP_PARENT); /gantry, or a unit of systemd, where none is given. */
  readonly parent?: string | undefined;
  /** Without it systemd is left alone, whoever runs the machine. */
  readonly systemd?: SystemdOptions;
  /** For tests; the machine's own otherwise. */
  readonly layout?: CgroupLayout;
}

/** Reads the mount table once. */
export function createCgroups(options: CgroupsOptions = {}): Cgroups {
  const layout = options.layout ?? readLayout();
  const placement = placementFor(layout, options);
  const pathOf = ({ containerId, parent }: CgroupPlace) =>
    join(placement.parentPath(parent ?? ''), containerId);
  const whereOf = (place: CgroupPlace): Where => ({
    path: pathOf(place),
    topPath: placement.topPath(place.parent ?? ''),
    monitorsPath: placement.monitorsPath(place.parent ?? ''),
  });
  const open = (place: CgroupPlace) =>
    containerCgroup({ containerId: place.containerId, layout, ...whereOf(place) });
  let support: ResourceSupport | undefined;

  return {
    layout,
    driver: placement.driver,
    open,
    checkParent: (parent) => void placement.parentPath(parent ?? ''),
    checkResources: (resources) => {
      support ??= resourceSupport(layout);
      const checked = checkResources(resources, support);
      requireBlockDevices(checked.resources);
      return checked;
    },
    prepare: async ({ parent }) => await placement.prepare(parent ?? ''),
    create: (request) => createCgroup(request, layout, whereOf(request)),
    list: () => listBelow(layout, placement.parentPath('')),
    mounts: (wanted) => cgroupMounts({ ...wanted, layout, path: pathOf(wanted.place) }),
  };
}

interface Where {
  readonly path: string;
  readonly topPath: string;
  readonly monitorsPath: string | undefined;
}

function createCgroup(request: CreateCgroup, layout: CgroupLayout, where: Where): Cgroup {
  requireHierarchies(layout);
  const { path, topPath } = where;
  using undo = new DisposableStack();
  for (const directory of directoriesAt(layout, path)) {
    undo.defer(() => void tryRemove(directory.directory));
    makeDirectory(directory, topPath);
  }
  applyLimits(request.resources, { layout, path });
  const devices = hierarchyOf(layout, 'devices');
  if (devices !== undefined && request.devices !== 'all')
    restrictDevices(join(devices.mountPoint, path), devices.version, request.devices);
  const { delegated } = request;
  if (delegated !== undefined) makeDelegated(layout, path, delegated);
  undo.move();
  return containerCgroup({
    containerId: request.containerId,
    layout,
    ...where,
    delegated: delegated !== undefined,
  });
}

function makeDirectory({ hierarchy, directory }: CgroupDirectory, topPath: string): void {
  const { mountPoint, controllers } = hierarchy;
  if (hierarchy.version === 2)
    makeV2Directory(directory, join(mountPoint, topPath), controllers.some(isHandedDown));
  else makeV1Directory(directory, mountPoint, controllers.includes('cpuset'));
}

/** Hands down all that the container's own cgroup has. */
function makeDelegated(layout: CgroupLayout, path: string, { uid, gid }: DelegatedTo): void {
  for (const { hierarchy } of directoriesAt(layout, path)) {
    const { version, mountPoint, controllers } = hierarchy;
    if (version !== 2) continue;
    const directory = join(mountPoint, path, DELEGATED);
    makeV2Directory(directory, join(mountPoint, path), controllers.some(isHandedDown));
    for (const file of DELEGATED_FILES) chownSync(join(directory, file), uid, gid);
  }
}

/** cgroup-v2, "Delegation": what whoever manages a subtree must be able to write; '' is the directory itself. */
const DELEGATED_FILES = ['', 'cgroup.procs', 'cgroup.subtree_control', 'cgroup.threads'];

/** Some of v1 are no controllers in v2 and need nothing; hugetlb is handed down when a limit asks for it. */
function isHandedDown(controller: Controller): boolean {
  return !['cpuacct', 'freezer', 'devices', 'hugetlb'].includes(controller);
}

function listBelow(layout: CgroupLayout, parent: string): string[] {
  const names = usedHierarchies(layout).flatMap(({ mountPoint }) => directoriesIn(join(mountPoint, parent)));
  return [...new Set(names)].sort();
}

function directoriesIn(directory: string): string[] {
  try {
    const entries = readdirSync(directory, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return [];
    throw error;
  }
}
