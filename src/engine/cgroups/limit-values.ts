// Which limits the kernel holds for a container now, whoever set them.
import { join } from 'node:path';
import { readCgroupFile } from './cgroup-files.ts';
import type { CgroupLayout, Controller } from './cgroup.ts';
import { directoryLookup, hierarchyOf } from './layout.ts';

export interface LimitValues {
  readonly cpuCores: number | undefined;
  readonly memoryBytes: number | undefined;
  readonly pids: number | undefined;
}

/** v1 shows "no limit" as the largest multiple of the page size. */
export const NO_LIMIT_V1 = 2 ** 60;

export function readLimitValues(layout: CgroupLayout, path: string): LimitValues {
  const directoryOf = directoryLookup(layout, path);
  const read = (controller: Controller, v1: string, v2: string) => {
    const directory = directoryOf(controller);
    if (directory === undefined) return undefined;
    return readCgroupFile(join(directory, hierarchyOf(layout, controller)?.version === 1 ? v1 : v2));
  };
  const memoryBytes = numberFrom(read('memory', 'memory.limit_in_bytes', 'memory.max'));
  return {
    cpuCores: coresFrom(
      // v2 has quota and period in one file.
      read('cpu', 'cpu.cfs_quota_us', 'cpu.max'),
      read('cpu', 'cpu.cfs_period_us', 'cpu.max')?.replace(/^\S+ /, ''),
    ),
    memoryBytes: memoryBytes !== undefined && memoryBytes < NO_LIMIT_V1 ? memoryBytes : undefined,
    pids: numberFrom(read('pids', 'pids.max', 'pids.max')),
  };
}

function coresFrom(quota: string | undefined, period: string | undefined): number | undefined {
  const quotaUs = numberFrom(quota);
  const periodUs = numberFrom(period);
  return quotaUs === undefined || !periodUs || quotaUs < 0 ? undefined : quotaUs / periodUs;
}

/** The first number; undefined for `max`. */
function numberFrom(text: string | undefined): number | undefined {
  const number = Number.parseInt(text ?? '', 10);
  return Number.isNaN(number) ? undefined : number;
}
