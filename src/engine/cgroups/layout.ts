// Which hierarchy serves which controller on this machine.
import { release } from 'node:os';
import { join } from 'node:path';
import { cgroupMountinfo } from '../../native/cgroup-mountinfo.ts';
import { textIfThere } from '../../native/if-there.ts';
import { isAtLeast } from '../../native/kernel-release.ts';
import { parseMountinfo, type MountEntry } from '../../native/mountinfo.ts';
import { EngineError } from '../api/errors.ts';
import { CONTROLLERS, type CgroupLayout, type Controller, type Hierarchy } from './cgroup.ts';

/** What the mount table and the kernel say; reads nothing itself, so that any machine can be tried. */
export interface LayoutFacts {
  /** /proc/self/mountinfo, proc_pid_mountinfo(5). */
  readonly mountinfo: string;
  /** cgroup.controllers of a v2 mount. */
  readonly v2Controllers: (mountPoint: string) => string;
  /** uname -r: cgroup.freeze came with 5.2. */
  readonly kernel: string;
}

/** v2's names for what v1 calls otherwise. */
const FROM_V2: Readonly<Record<string, Controller>> = {
  cpu: 'cpu',
  cpuset: 'cpuset',
  memory: 'memory',
  pids: 'pids',
  io: 'blkio',
  hugetlb: 'hugetlb',
};

export function readLayout(): CgroupLayout {
  return layoutFrom({
    mountinfo: cgroupMountinfo(),
    v2Controllers: (mountPoint) => textIfThere(join(mountPoint, 'cgroup.controllers')).trim(),
    kernel: release(),
  });
}

export function layoutFrom(facts: LayoutFacts): CgroupLayout {
  const all = hierarchies(facts);
  const hasV1 = all.some(({ version, controllers }) => version === 1 && controllers.length > 0);
  const hasV2 = all.some(({ version }) => version === 2);
  if (hasV1) return { kind: hasV2 ? 'hybrid' : 'v1', hierarchies: all };
  return { kind: hasV2 ? 'v2' : 'none', hierarchies: all };
}

/**
 * The hierarchy that serves a controller. A v1 hierarchy that has it hides it from v2; but time accounting and
 * freezing need no controller in v2 and are better there (a frozen process can still be killed).
 */
export function hierarchyOf(layout: CgroupLayout, controller: Controller): Hierarchy | undefined {
  const serving = layout.hierarchies.filter(({ controllers }) => controllers.includes(controller));
  const preferred = controller === 'cpuacct' || controller === 'freezer' ? 2 : 1;
  return serving.find(({ version }) => version === preferred) ?? serving[0];
}

/** The directory whose files serve a controller, for a cgroup at `path`. */
export function directoryLookup(layout: CgroupLayout, path: string): DirectoryOf {
  return (controller) => {
    const hierarchy = hierarchyOf(layout, controller);
    return hierarchy === undefined ? undefined : join(hierarchy.mountPoint, path);
  };
}

export type DirectoryOf = (controller: Controller) => string | undefined;

/** Those that serve at least one controller: a container gets a directory in each of them and in no other. */
export function usedHierarchies(layout: CgroupLayout): Hierarchy[] {
  const used = new Set(CONTROLLERS.map((controller) => hierarchyOf(layout, controller)));
  return layout.hierarchies.filter((hierarchy) => used.has(hierarchy));
}

/** Without any a process would be in no cgroup of ours: without limits, and lost to who looks for it. @throws EngineError unavailable */
export function requireHierarchies(layout: CgroupLayout): void {
  if (layout.hierarchies.length > 0) return;
  throw new EngineError(
    'unavailable',
    'no cgroup hierarchy is mounted here, and containers need one: mount -t cgroup2 none /sys/fs/cgroup, see gantry doctor',
  );
}

function hierarchies(facts: LayoutFacts): Hierarchy[] {
  const found = new Map<string, Hierarchy>();
  for (const entry of parseMountinfo(facts.mountinfo)) {
    const hierarchy = hierarchyFrom(entry, facts);
    // A second mount of the same hierarchy (a bind, a chroot) shows the same directories.
    if (hierarchy !== undefined) found.set(keyOf(hierarchy), found.get(keyOf(hierarchy)) ?? hierarchy);
  }
  return [...found.values()];
}

function hierarchyFrom(
  { type, target: mountPoint, superOptions }: MountEntry,
  facts: LayoutFacts,
): Hierarchy | undefined {
  if (type === 'cgroup2') return { version: 2, mountPoint, controllers: v2Controllers(facts, mountPoint) };
  if (type !== 'cgroup') return undefined;
  const controllers = CONTROLLERS.filter((controller) => superOptions.includes(controller));
  return controllers.length === 0 ? undefined : { version: 1, mountPoint, controllers };
}

/** Accounting of time is always there; freezing since 5.2; devices are a BPF program and no controller. */
function v2Controllers(facts: LayoutFacts, mountPoint: string): Controller[] {
  const offered = facts
    .v2Controllers(mountPoint)
    .split(/\s+/)
    .flatMap((name) => FROM_V2[name] ?? []);
  const freezes = isAtLeast(facts.kernel, '5.2');
  return [...offered, 'cpuacct', ...(freezes ? (['freezer'] as const) : []), 'devices'];
}

function keyOf(hierarchy: Hierarchy): string {
  return hierarchy.version === 2 ? 'v2' : hierarchy.controllers.join(',');
}
