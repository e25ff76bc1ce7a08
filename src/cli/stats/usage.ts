// What `stats` shows of one container: rates and sums made from two looks at the counters.
import type { ContainerStats } from '../../engine/api/container-types.ts';
import type { ContainerSample } from '../../engine/api/system-types.ts';

export interface Usage {
  /** One core is 100. */
  readonly cpuPercent: number;
  readonly memoryBytes: number;
  readonly memoryLimitBytes: number;
  readonly networkRxBytes: number;
  readonly networkTxBytes: number;
  readonly blockReadBytes: number;
  readonly blockWriteBytes: number;
  readonly pids: number;
}

export const idleUsage: Usage = {
  cpuPercent: 0,
  memoryBytes: 0,
  memoryLimitBytes: 0,
  networkRxBytes: 0,
  networkTxBytes: 0,
  blockReadBytes: 0,
  blockWriteBytes: 0,
  pids: 0,
};

/** @param before an earlier sample of the same container; without one the rate is not known yet and shows as 0 */
export function usageFromSamples(
  before: ContainerSample | undefined,
  after: ContainerSample,
  machineMemoryBytes: number,
): Usage {
  const elapsedNanos = before === undefined ? 0 : after.takenAtNs - before.takenAtNs;
  const cpuNanos = before === undefined ? 0 : after.cpuNanos - before.cpuNanos;
  return {
    cpuPercent: elapsedNanos > 0 ? Math.max(0, (cpuNanos / elapsedNanos) * 100) : 0,
    memoryBytes: after.memoryBytes,
    memoryLimitBytes: Math.min(after.memoryLimitBytes ?? machineMemoryBytes, machineMemoryBytes),
    networkRxBytes: after.networkRxBytes,
    networkTxBytes: after.networkTxBytes,
    blockReadBytes: after.blockReadBytes,
    blockWriteBytes: after.blockWriteBytes,
    pids: after.pids,
  };
}

/** The same from one message of Docker's stats endpoint, which carries both looks. */
export function usageFromStats(stats: ContainerStats): Usage {
  const cpu = stats.cpu_stats.cpu_usage.total_usage - stats.precpu_stats.cpu_usage.total_usage;
  const machine = stats.cpu_stats.system_cpu_usage - stats.precpu_stats.system_cpu_usage;
  const networks = Object.values(stats.networks);
  const blocks = stats.blkio_stats?.io_service_bytes_recursive ?? [];
  const blockBytes = (op: string): number =>
    sum(blocks.filter((block) => block.op.toLowerCase() === op).map(({ value }) => value));
  return {
    cpuPercent: cpu > 0 && machine > 0 ? (cpu / machine) * stats.cpu_stats.online_cpus * 100 : 0,
    memoryBytes: Math.max(0, stats.memory_stats.usage - inactiveFileBytes(stats.memory_stats.stats)),
    memoryLimitBytes: stats.memory_stats.limit,
    networkRxBytes: sum(networks.map(({ rx_bytes: bytes }) => bytes)),
    networkTxBytes: sum(networks.map(({ tx_bytes: bytes }) => bytes)),
    blockReadBytes: blockBytes('read'),
    blockWriteBytes: blockBytes('write'),
    pids: stats.pids_stats?.current ?? 0,
  };
}

/** cgroup v1 calls it total_inactive_file, v2 inactive_file. */
function inactiveFileBytes(stats: object): number {
  const members = new Map<string, unknown>(Object.entries(stats));
  const bytes = members.get('total_inactive_file') ?? members.get('inactive_file');
  return typeof bytes === 'number' ? bytes : 0;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
