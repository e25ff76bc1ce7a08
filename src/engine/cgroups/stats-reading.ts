// One container's counters with all details, for Docker's stats JSON. Read once a second at most, so files are opened
// for it and strings are fine.
import { readFileSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import { join } from 'node:path';
import { readCgroupFile } from './cgroup-files.ts';
import type { CgroupPlace, Cgroups, Controller } from './cgroup.ts';
import { directoryLookup, hierarchyOf } from './layout.ts';
import { readLimitValues } from './limit-values.ts';
import type { StatsReading } from './sampler.ts';

type Read = (controller: Controller, v1: string, v2: string) => string;

/** Undefined where the container has no cgroup. */
export function readStatsOf(
  { layout, open }: Pick<Cgroups, 'layout' | 'open'>,
  place: CgroupPlace,
): StatsReading | undefined {
  const path = open(place).directories[0]?.path;
  if (path === undefined) return undefined;
  const directoryOf = directoryLookup(layout, path);
  const isV1 = (controller: Controller) => hierarchyOf(layout, controller)?.version === 1;
  const read: Read = (controller, v1, v2) => {
    const directory = directoryOf(controller);
    const file = isV1(controller) ? v1 : v2;
    return directory === undefined ? '' : (readCgroupFile(join(directory, file)) ?? '');
  };
  const usage = read('cpuacct', 'cpuacct.usage', 'cpu.stat');
  if (usage === '') return undefined;

  const limits = readLimitValues(layout, path);
  return {
    readAt: new Date(),
    cpu: {
      cpu_usage: isV1('cpuacct') ? cpuUsageV1(usage, read) : cpuUsageV2(usage),
      system_cpu_usage: systemCpuNanos(readFileSync('/proc/stat', 'utf8')),
      online_cpus: availableParallelism(),
      throttling_data: throttling(keyValues(read('cpu', 'cpu.stat', 'cpu.stat')), isV1('cpu')),
    },
    memory: {
      usage: toNumber(read('memory', 'memory.usage_in_bytes', 'memory.current')),
      ...(isV1('memory') ? v1MemoryPeaks(read) : {}),
      limit: limits.memoryBytes ?? totalmem(),
      stats: keyValues(read('memory', 'memory.stat', 'memory.stat')),
    },
    pids: {
      current: toNumber(read('pids', 'pids.current', 'pids.current')),
      limit: limits.pids,
    },
    blockIo: blockIoFrom(read('blkio', 'blkio.throttle.io_service_bytes_recursive', 'io.stat')),
  };
}

type CpuUsage = StatsReading['cpu']['cpu_usage'];

/** USER_HZ, of /proc/stat and v1's cpuacct.stat: 100 a second on every Linux that we run on. */
const NANOS_A_TICK = 10_000_000;

function cpuUsageV1(usage: string, read: Read): CpuUsage {
  const ticks = keyValues(read('cpuacct', 'cpuacct.stat', 'cpu.stat'));
  return {
    total_usage: toNumber(usage),
    usage_in_usermode: (ticks['user'] ?? 0) * NANOS_A_TICK,
    usage_in_kernelmode: (ticks['system'] ?? 0) * NANOS_A_TICK,
    percpu_usage: read('cpuacct', 'cpuacct.usage_percpu', 'cpu.stat').split(' ').map(toNumber),
  };
}

function cpuUsageV2(stat: string): CpuUsage {
  const micros = keyValues(stat);
  return {
    total_usage: (micros['usage_usec'] ?? 0) * 1000,
    usage_in_usermode: (micros['user_usec'] ?? 0) * 1000,
    usage_in_kernelmode: (micros['system_usec'] ?? 0) * 1000,
  };
}

function throttling(values: Record<string, number>, isV1: boolean): StatsReading['cpu']['throttling_data'] {
  return {
    periods: values['nr_periods'] ?? 0,
    throttled_periods: values['nr_throttled'] ?? 0,
    throttled_time: isV1 ? (values['throttled_time'] ?? 0) : (values['throttled_usec'] ?? 0) * 1000,
  };
}

function v1MemoryPeaks(read: Read): { max_usage: number; failcnt: number } {
  return {
    max_usage: toNumber(read('memory', 'memory.max_usage_in_bytes', 'memory.peak')),
    failcnt: toNumber(read('memory', 'memory.failcnt', 'memory.events')),
  };
}

/** The first line's user, nice, system, idle, iowait, irq, softirq and steal, as Docker adds them up. */
export function systemCpuNanos(procStat: string): number {
  const [, ...fields] = (procStat.split('\n')[0] ?? '').trim().split(/\s+/);
  return fields.slice(0, 8).reduce((sum, field) => sum + toNumber(field) * NANOS_A_TICK, 0);
}

/** v1: `8:0 Read 4096` a line; v2: `8:0 rbytes=4096 wbytes=0 …`. */
export function blockIoFrom(text: string): StatsReading['blockIo'] {
  return text.split('\n').flatMap((line) => {
    const match = /^(\d+):(\d+) (.*)$/.exec(line);
    if (match === null) return [];
    const [, major = '', minor = '', rest = ''] = match;
    return operations(rest).map(({ op, value }) => ({
      major: Number(major),
      minor: Number(minor),
      op,
      value,
    }));
  });
}

function operations(rest: string): { op: string; value: number }[] {
  const v2 = /\brbytes=(\d+) wbytes=(\d+)/.exec(rest);
  if (v2 !== null)
    return [
      { op: 'read', value: toNumber(v2[1]) },
      { op: 'write', value: toNumber(v2[2]) },
    ];
  const [op = '', value = ''] = rest.split(' ');
  return [{ op: op.toLowerCase(), value: toNumber(value) }];
}

function keyValues(text: string): Record<string, number> {
  const values: Record<string, number> = {};
  for (const line of text.split('\n')) {
    const [key, value] = line.split(' ');
    if (key && value) values[key] = toNumber(value);
  }
  return values;
}

function toNumber(text: string | undefined): number {
  return Number.parseInt(text ?? '', 10) || 0;
}
