// What this machine's kernel and mounts can limit: asked once a process, at the first create.
import { existsSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { namesIfThere } from '../../native/if-there.ts';
import { readCgroupFile } from './cgroup-files.ts';
import type { CgroupLayout } from './cgroup.ts';
import { hierarchyOf } from './layout.ts';
import type { ResourceSupport } from './resource-check.ts';
import { parseList } from './resource-checks.ts';

/** What the hierarchies' roots and the kernel offer. */
export function resourceSupport(layout: CgroupLayout): ResourceSupport {
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
    blkioWeight: supportsBlkio(layout, ['blkio.weight', 'blkio.bfq.weight']),
    blkioWeightDevice: supportsBlkio(layout, ['blkio.weight_device', 'blkio.bfq.weight_device']),
    blkioThrottle: supportsBlkio(layout, ['blkio.throttle.read_bps_device']),
    realtime: supportsRealtime(layout),
    hugetlb: hierarchyOf(layout, 'hugetlb') !== undefined,
    hugepageSizes: hugepageSizes(),
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

/** v2 has no such files in the root; where a kernel lacks them, the write is passed over or refused. */
function supportsBlkio(layout: CgroupLayout, v1Files: readonly string[]): boolean {
  const hierarchy = hierarchyOf(layout, 'blkio');
  if (hierarchy === undefined) return false;
  if (hierarchy.version === 2) return true;
  return v1Files.some((file) => existsSync(join(hierarchy.mountPoint, file)));
}

function supportsRealtime(layout: CgroupLayout): boolean {
  const hierarchy = hierarchyOf(layout, 'cpu');
  return hierarchy?.version === 1 && existsSync(join(hierarchy.mountPoint, 'cpu.rt_runtime_us'));
}

/** The sizes that the kernel can make, as the controller names them: `hugepages-2048kB` is `2MB`. */
function hugepageSizes(): string[] {
  return namesIfThere('/sys/kernel/mm/hugepages')
    .sort()
    .flatMap((name) => {
      const kilobytes = Number(/^hugepages-(\d+)kB$/.exec(name)?.[1] ?? 0);
      return kilobytes === 0 ? [] : [hugepageName(kilobytes)];
    });
}

/** As mem_fmt() of the kernel's hugetlb_cgroup.c. */
function hugepageName(kilobytes: number): string {
  if (kilobytes >= 1024 * 1024) return `${kilobytes / (1024 * 1024)}GB`;
  return kilobytes >= 1024 ? `${kilobytes / 1024}MB` : `${kilobytes}KB`;
}
