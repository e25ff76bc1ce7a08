// Limits into one container's cgroup: when it is made, and while it lives.
import { join } from 'node:path';
import type { Resources } from '../api/container-request.ts';
import { handDownTo } from './cgroup-files.ts';
import type { CgroupLayout } from './cgroup.ts';
import { directoryLookup, hierarchyOf } from './layout.ts';
import { applyWrites, changeWrites } from './limit-files.ts';
import { limitWrites, type LimitWrite } from './limits.ts';
import { makeRoom } from './memory-room.ts';
import { makeRealtimeBudget } from './realtime.ts';

interface Place {
  readonly layout: CgroupLayout;
  /** Of the cgroup, from the hierarchies' roots. */
  readonly path: string;
}

/** Of a cgroup that was just made. Throws what the kernel refuses. */
export function applyLimits(resources: Resources, place: Place): void {
  prepareAbove(resources, place);
  applyWrites(writesFor(resources, place), directoryLookup(place.layout, place.path));
}

/** Of one that has processes: all or nothing. Answers what puts the former limits back. */
export function changeLimits(resources: Resources, place: Place): () => void {
  prepareAbove(resources, place);
  makeRoom(resources, place.layout, place.path);
  return changeWrites(writesFor(resources, place), directoryLookup(place.layout, place.path));
}

function writesFor(resources: Resources, { layout }: Place): LimitWrite[] {
  return limitWrites(resources, (controller) => hierarchyOf(layout, controller)?.version);
}

/** What the cgroups above must have so that the container's own can be given it. */
function prepareAbove(resources: Resources, { layout, path }: Place): void {
  makeRealtimeBudget(resources, layout, path);
  const hugetlb = hierarchyOf(layout, 'hugetlb');
  if ((resources.HugepageLimits ?? []).length === 0 || hugetlb?.version !== 2) return;
  handDownTo(join(hugetlb.mountPoint, path), hugetlb.mountPoint, 'hugetlb');
}
