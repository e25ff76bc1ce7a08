// Real-time budgets (kernel doc scheduler/sched-rt-group). A cgroup begins with none, and can have no more than the one
// above it leaves: before a container gets its budget, our own parents get what their children need.
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Resources } from '../api/container-request.ts';
import { CgroupError, downTo, kernelWords, readCgroupFile, writeCgroupFile } from './cgroup-files.ts';
import type { CgroupLayout } from './cgroup.ts';
import { hierarchyOf } from './layout.ts';

/** v1 only; nothing to do without a runtime. Throws where those above have nothing left to give. */
export function makeRealtimeBudget(resources: Resources, layout: CgroupLayout, path: string): void {
  const runtime = resources.CpuRealtimeRuntime ?? 0;
  const hierarchy = hierarchyOf(layout, 'cpu');
  if (runtime <= 0 || hierarchy?.version !== 1) return;
  const container = join(hierarchy.mountPoint, path);
  const period = resources.CpuRealtimePeriod || numberIn(container, PERIOD) || DEFAULT_PERIOD_US;
  const shares = downTo(dirname(container), hierarchy.mountPoint).toReversed();
  // From the container's parent upwards we learn how much is needed; from the top down it is given.
  let child = { directory: container, share: runtime / period };
  const wanted = shares.map((directory) => {
    const share = Math.max(shareOf(directory), sharesBelow(directory, child.directory) + child.share);
    child = { directory, share };
    return child;
  });
  for (const { directory, share } of wanted.toReversed()) raise(directory, share);
}

function shareOf(directory: string): number {
  const period = numberIn(directory, PERIOD);
  return period === 0 ? 0 : Math.max(0, numberIn(directory, RUNTIME)) / period;
}

function sharesBelow(directory: string, except: string): number {
  const children = readdirSync(directory, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const paths = children.map(({ name }) => join(directory, name));
  return paths.filter((child) => child !== except).reduce((sum, child) => sum + shareOf(child), 0);
}

function raise(directory: string, share: number): void {
  const runtime = Math.ceil(share * numberIn(directory, PERIOD));
  if (runtime <= numberIn(directory, RUNTIME)) return;
  try {
    writeCgroupFile(join(directory, RUNTIME), String(runtime));
  } catch (cause) {
    throw new CgroupError(
      `write ${runtime} to ${RUNTIME} of ${directory} (the cgroups above have no such real-time budget left): ${kernelWords(cause)}`,
      { cause },
    );
  }
}

function numberIn(directory: string, file: string): number {
  return Number(readCgroupFile(join(directory, file)) ?? 0);
}

const PERIOD = 'cpu.rt_period_us';
const RUNTIME = 'cpu.rt_runtime_us';
const DEFAULT_PERIOD_US = 1_000_000;
