// The limits that the kernel holds for a process, read from the files of its cgroups and of their ancestors.
import { closeSync, constants, openSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { countDevicePrograms } from '../../native/bpf.ts';
import { namesIfThere } from '../../native/if-there.ts';
import { isErrno } from '../../native/syscall-error.ts';
import type { CgroupFact, DeviceFact, LimitFact } from '../api/isolation-types.ts';
import type { CgroupLayout, Hierarchy } from '../cgroups/cgroup.ts';
import { readCgroupFile } from '../cgroups/cgroup-files.ts';
import { hierarchyOf } from '../cgroups/layout.ts';
import type { LimitWrite } from '../cgroups/limits.ts';
import { isNoLimit, limitNumber } from './limit-text.ts';
import type { Membership } from './process-texts.ts';

/** Files that hold a limit or a share. Kernel doc admin-guide/cgroup-v1 and cgroup-v2. */
const LIMIT_FILES = {
  1: /^(memory\.(limit_in_bytes|memsw\.limit_in_bytes|soft_limit_in_bytes|swappiness|oom_control)|cpu\.(shares|cfs_quota_us|cfs_period_us|rt_runtime_us|rt_period_us)|cpuset\.(effective_)?(cpus|mems)|pids\.max|blkio\.(bfq\.)?weight(_device)?|blkio\.throttle\.(read|write)_(bps|iops)_device|hugetlb\.\w+\.limit_in_bytes)$/,
  2: /^(memory\.(min|low|high|max|swap\.max|oom\.group)|cpu\.(max|weight|idle)|cpuset\.(cpus|mems)(\.effective)?|pids\.max|io\.(max|weight|bfq\.weight)|hugetlb\.\w+\.max)$/,
} as const;

/** @param own the engine's own membership: what is the same is not the container's */
export function cgroupFacts(
  layout: CgroupLayout,
  memberships: readonly Membership[],
  own: readonly Membership[],
): CgroupFact[] {
  return memberships.map((membership) => {
    const { version, controllers, path } = membership;
    const hierarchy = hierarchyFor(layout, membership);
    const isShared = own.some((mine) => mine.path === path && sameHierarchy(mine, membership));
    return {
      Version: version,
      Controllers: version === 1 ? [...controllers] : v2Controllers(hierarchy, path),
      Path: path,
      Sharing: isShared ? 'host' : 'private',
      Limits: hierarchy === undefined || isShared ? [] : limitsAt(hierarchy, path),
    };
  });
}

export function hierarchyFor(
  layout: CgroupLayout,
  { version, controllers }: Membership,
): Hierarchy | undefined {
  return layout.hierarchies.find(
    (hierarchy) =>
      hierarchy.version === version &&
      (version === 2 || hierarchy.controllers.some((name) => controllers.includes(name))),
  );
}

function sameHierarchy(one: Membership, other: Membership): boolean {
  return one.version === other.version && one.controllers.join(',') === other.controllers.join(',');
}

function v2Controllers(hierarchy: Hierarchy | undefined, path: string): string[] {
  if (hierarchy === undefined) return [];
  const text = readCgroupFile(join(hierarchy.mountPoint, path, 'cgroup.controllers')) ?? '';
  return text.split(/\s+/).filter(Boolean);
}

function limitsAt(hierarchy: Hierarchy, path: string): LimitFact[] {
  const directory = join(hierarchy.mountPoint, path);
  return namesIfThere(directory)
    .filter((name) => LIMIT_FILES[hierarchy.version].test(name))
    .sort()
    .flatMap((File): LimitFact[] => {
      const Value = readCgroupFile(join(directory, File)) ?? '';
      if (Value === '') return [];
      const lower = lowerAbove(hierarchy, path, { file: File, value: Value });
      return [lower === undefined ? { File, Value } : { File, Value, Lower: lower }];
    });
}

/** Limits of ancestors hold as well. Shares, protections and lists are no upper bounds, or show the effective value themselves. */
const UPPER_BOUNDS =
  /^(memory\.(limit_in_bytes|memsw\.limit_in_bytes|high|max|swap\.max)|pids\.max|cpu\.max|cpu\.cfs_quota_us|hugetlb\.\w+\.(limit_in_bytes|max))$/;

function lowerAbove(
  { mountPoint }: Hierarchy,
  path: string,
  { file, value }: { readonly file: string; readonly value: string },
): LimitFact['Lower'] {
  if (!UPPER_BOUNDS.test(file)) return undefined;
  const period = (at: string): string | undefined =>
    file === 'cpu.cfs_quota_us' ? readCgroupFile(join(mountPoint, at, 'cpu.cfs_period_us')) : undefined;
  let lowest = limitNumber(value, period(path));
  let found: LimitFact['Lower'];
  for (let at = path; at !== '/' && at !== '.';) {
    at = dirname(at);
    const text = readCgroupFile(join(mountPoint, at, file));
    if (text === undefined || isNoLimit(text)) continue;
    const bound = limitNumber(text, period(at));
    if (bound >= lowest) continue;
    lowest = bound;
    found = { Path: at, Value: text };
  }
  return found;
}

/** What the file of a limit holds; undefined where the kernel has no such file, or the process is in no such cgroup. */
export function heldValue(
  layout: CgroupLayout,
  memberships: readonly Membership[],
  { controller, file }: Pick<LimitWrite, 'controller' | 'file'>,
): string | undefined {
  const hierarchy = hierarchyOf(layout, controller);
  if (hierarchy === undefined) return undefined;
  const membership = memberships.find(
    ({ version, controllers }) =>
      version === hierarchy.version && (version === 2 || controllers.includes(controller)),
  );
  if (membership === undefined) return undefined;
  return readCgroupFile(join(hierarchy.mountPoint, membership.path, file));
}

/** What device nodes may be made and opened. */
export function deviceFact(layout: CgroupLayout, memberships: readonly Membership[]): DeviceFact {
  const v1 = memberships.find(({ controllers }) => controllers.includes('devices'));
  const listed = v1 === undefined ? undefined : hierarchyFor(layout, v1);
  if (v1 !== undefined && listed !== undefined) {
    const text = readCgroupFile(join(listed.mountPoint, v1.path, 'devices.list')) ?? '';
    const Rules = text.split('\n').filter(Boolean);
    return { Kind: Rules.includes('a *:* rwm') ? 'none' : 'list', Rules };
  }
  const v2 = memberships.find(({ version }) => version === 2);
  const unified = v2 === undefined ? undefined : hierarchyFor(layout, v2);
  if (v2 === undefined || unified === undefined) return { Kind: 'none', Rules: [] };
  const programs = programsOn(join(unified.mountPoint, v2.path));
  return { Kind: programs === 0 ? 'none' : 'program', Rules: [] };
}

/** Undefined where the kernel or our privileges do not let us ask. */
function programsOn(directory: string): number | undefined {
  try {
    const fd = openSync(directory, constants.O_RDONLY | constants.O_DIRECTORY);
    try {
      return countDevicePrograms(fd);
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    if (isErrno(error, 'EINVAL', 'EPERM', 'ENOSYS', 'ENOENT')) return undefined;
    throw error;
  }
}
