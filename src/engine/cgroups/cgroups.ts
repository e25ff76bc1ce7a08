// Makes, finds and lists the cgroups of containers.
import { existsSync, readdirSync } from 'node:fs';
import { cpus } from 'node:os';
import { join, normalize } from 'node:path';
import { isErrno } from '../../native/syscall-error.ts';
import { EngineError } from '../api/errors.ts';
import { makeV1Directory, makeV2Directory, readCgroupFile } from './cgroup-files.ts';
import { cgroupMounts } from './cgroup-mounts.ts';
import type { Cgroup, CgroupLayout, CgroupPlace, Cgroups, Controller, CreateCgroup } from './cgroup.ts';
import {
  type CgroupDirectory,
  applyLimits,
  containerCgroup,
  directoriesAt,
  directoryLookup,
} from './container-cgroup.ts';
import { restrictDevices } from './devices.ts';
import { hierarchyOf, readLayout, usedHierarchies } from './layout.ts';
import { tryRemove } from './processes.ts';
import { type ResourceSupport, checkResources, parseList } from './resource-checks.ts';

export interface CgroupsOptions {
  /** Path from each hierarchy's root; the engine's default is /gantry (GANTRY_CGROUP_PARENT). */
  readonly parent?: string | undefined;
  /** For tests; the machine's own otherwise. */
  readonly layout?: CgroupLayout;
}

export const DEFAULT_CGROUP_PARENT = '/gantry';

/** Reads the mount table once. */
export function createCgroups(options: CgroupsOptions = {}): Cgroups {
  const layout = options.layout ?? readLayout();
  const ownParent = options.parent || DEFAULT_CGROUP_PARENT;
  const pathOf = ({ containerId, parent }: CgroupPlace) => cgroupPath(parent || ownParent, containerId);
  const open = (place: CgroupPlace) =>
    containerCgroup({ containerId: place.containerId, layout, path: pathOf(place) });
  let support: ResourceSupport | undefined;

  return {
    layout,
    open,
    checkResources: (resources) => {
      support ??= resourceSupport(layout);
      return checkResources(resources, support);
    },
    create: (request) => createCgroup(request, layout, pathOf(request)),
    list: () => listBelow(layout, ownParent),
    mounts: (wanted) => cgroupMounts({ ...wanted, layout, path: pathOf(wanted.place) }),
  };
}

/** Absolute, without a way up: the name comes from a client. */
function cgroupPath(parent: string, containerId: string): string {
  if (parent.split('/').includes('..') || parent.includes('\0'))
    throw new EngineError('invalid-parameter', `invalid cgroup parent: '${parent}'`);
  return normalize(`/${parent}/${containerId}`);
}

function createCgroup(request: CreateCgroup, layout: CgroupLayout, path: string): Cgroup {
  using undo = new DisposableStack();
  for (const directory of directoriesAt(layout, path)) {
    undo.defer(() => void tryRemove(directory.directory));
    makeDirectory(directory);
  }
  const directoryOf = directoryLookup(layout, path);
  applyLimits(request.resources, layout, directoryOf);
  const devices = hierarchyOf(layout, 'devices');
  if (devices !== undefined && request.allDevices !== true)
    restrictDevices(join(devices.mountPoint, path), devices.version);
  undo.move();
  return containerCgroup({ containerId: request.containerId, layout, path });
}

function makeDirectory({ hierarchy, directory }: CgroupDirectory): void {
  const { mountPoint, controllers } = hierarchy;
  if (hierarchy.version === 2) makeV2Directory(directory, mountPoint, controllers.some(isHandedDown));
  else makeV1Directory(directory, mountPoint, controllers.includes('cpuset'));
}

/** The others are no controllers in v2 and need nothing. */
function isHandedDown(controller: Controller): boolean {
  return controller !== 'cpuacct' && controller !== 'freezer' && controller !== 'devices';
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

/** What the hierarchies' roots and the kernel offer. */
function resourceSupport(layout: CgroupLayout): ResourceSupport {
  const memory = hierarchyOf(layout, 'memory');
  const inMemory = (file: string) => memory?.version === 1 && existsSync(join(memory.mountPoint, file));
  const { cpusAvailable, memsAvailable } = availableCpuset(layout);
  return {
    cpus: parseList(cpusAvailable)?.size ?? cpus().length,
    cpusAvailable,
    memsAvailable,
    memory: memory !== undefined,
    // v2 has no swap files in the root; where a kernel lacks them, the write is passed over.
    swap: memory?.version === 2 || inMemory('memory.memsw.limit_in_bytes'),
    swappiness: inMemory('memory.swappiness'),
    oomKillDisable: inMemory('memory.oom_control'),
    pids: hierarchyOf(layout, 'pids') !== undefined,
    cpu: hierarchyOf(layout, 'cpu') !== undefined,
    cpuset: hierarchyOf(layout, 'cpuset') !== undefined,
    blkioWeight: supportsBlkioWeight(layout),
  };
}

function availableCpuset(layout: CgroupLayout): { cpusAvailable: string; memsAvailable: string } {
  const hierarchy = hierarchyOf(layout, 'cpuset');
  const read = (name: string) => {
    if (hierarchy === undefined) return '';
    const file = hierarchy.version === 1 ? name : `${name}.effective`;
    return readCgroupFile(join(hierarchy.mountPoint, file)) ?? '';
  };
  return {
    cpusAvailable: read('cpuset.cpus') || `0-${cpus().length - 1}`,
    memsAvailable: read('cpuset.mems') || '0',
  };
}

function supportsBlkioWeight(layout: CgroupLayout): boolean {
  const hierarchy = hierarchyOf(layout, 'blkio');
  if (hierarchy === undefined) return false;
  if (hierarchy.version === 2) return true;
  return ['blkio.weight', 'blkio.bfq.weight'].some((file) => existsSync(join(hierarchy.mountPoint, file)));
}
