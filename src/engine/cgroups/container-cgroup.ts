// One container's cgroup: its directory in each hierarchy, and what can be done with the processes in it.
import { join } from 'node:path';
import { readCgroupFile } from './cgroup-files.ts';
import { changeLimits } from './apply-limits.ts';
import type { Cgroup, CgroupLayout, Hierarchy } from './cgroup.ts';
import { directoryLookup, hierarchyOf, requireHierarchies, usedHierarchies } from './layout.ts';
import * as processes from './processes.ts';

export interface CgroupDirectory {
  readonly hierarchy: Hierarchy;
  /** From the hierarchy's root, as /proc/<pid>/cgroup has it. */
  readonly path: string;
  readonly directory: string;
}

/** Where a container's cgroup is in each hierarchy that we use. @param path from the hierarchy's root */
export function directoriesAt(layout: CgroupLayout, path: string): CgroupDirectory[] {
  return usedHierarchies(layout).map((hierarchy) => ({
    hierarchy,
    path,
    directory: join(hierarchy.mountPoint, path),
  }));
}

export interface ContainerCgroupOptions {
  readonly containerId: string;
  readonly layout: CgroupLayout;
  readonly path: string;
  /** In the unified hierarchy, where monitors have a place of their own. */
  readonly monitorsPath?: string | undefined;
  /** Just made, with the cgroup below it that was delegated: that is where processes go. */
  readonly delegated?: boolean;
}

/** The name of what is delegated, in the container's own cgroup. */
export const DELEGATED = 'root';

export function containerCgroup(options: ContainerCgroupOptions): Cgroup {
  const { containerId, layout, path, monitorsPath, delegated } = options;
  const directories = directoriesAt(layout, path);
  const paths = directories.map(({ directory }) => directory);
  const unified = directories.find(({ hierarchy }) => hierarchy.version === 2);
  const v2Directory = unified?.directory;
  const directoryOf = directoryLookup(layout, path);

  return {
    containerId,
    directories,
    v2Directory,
    monitorDirectory:
      unified === undefined || monitorsPath === undefined
        ? undefined
        : join(unified.hierarchy.mountPoint, monitorsPath),
    procsFiles: directories.map(({ hierarchy, directory }) =>
      join(directory, delegated === true && hierarchy.version === 2 ? DELEGATED : '', 'cgroup.procs'),
    ),
    procsFilesBeside: (pid) => {
      requireHierarchies(layout);
      return directories.map(({ hierarchy, directory }) =>
        join(hierarchy.version === 2 ? placeBelow({ hierarchy, path }, pid) : directory, 'cgroup.procs'),
      );
    },
    update: (resources) => changeLimits(resources, { layout, path }),
    freeze: async () => await processes.freeze(freezerOf()),
    thaw: async () => await processes.thaw(freezerOf()),
    isFrozen: () => processes.isFrozen(freezerOf()),
    kill,
    pids: () => processes.pidsBelow(v2Directory ?? paths[0] ?? '/nonexistent'),
    oomKills: () => oomKills(layout, directoryOf('memory')),
    remove: async () => {
      await Promise.all(paths.map(async (directory) => await processes.removeDirectory(directory)));
    },
  };

  function freezerOf(): processes.Freezer {
    const directory = directoryOf('freezer');
    if (directory === undefined) throw new Error('no cgroup hierarchy of this machine can freeze processes');
    return { directory, version: hierarchyOf(layout, 'freezer')?.version ?? 2 };
  }

  async function kill(): Promise<void> {
    const freezer = hierarchyOf(layout, 'freezer');
    // A process frozen by v1 takes no signal, SIGKILL included; one frozen by v2 does.
    if (freezer?.version === 1 && processes.isFrozen(freezerOf())) await processes.thaw(freezerOf());
    await processes.killAll(paths, v2Directory);
  }
}

/** The cgroup of a process, if that is the one at the path or one below it; otherwise the one at the path. */
function placeBelow({ hierarchy, path }: Pick<CgroupDirectory, 'hierarchy' | 'path'>, pid: number): string {
  const now = /^0::(.*)$/m.exec(readCgroupFile(`/proc/${pid}/cgroup`) ?? '')?.[1] ?? '';
  return join(hierarchy.mountPoint, now.startsWith(`${path}/`) ? now : path);
}

function oomKills(layout: CgroupLayout, directory: string | undefined): number | undefined {
  if (directory === undefined) return undefined;
  const file = hierarchyOf(layout, 'memory')?.version === 1 ? 'memory.oom_control' : 'memory.events';
  const count = /^oom_kill (\d+)$/m.exec(readCgroupFile(join(directory, file)) ?? '')?.[1];
  return count === undefined ? undefined : Number(count);
}
