// `docker stats`: the counters of one container as Docker's JSON.
import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { ContainerStats, NetworkCounters } from '../../api/container-types.ts';
import type { StatsReading } from '../../cgroups/sampler.ts';

export interface StatsSource {
  readonly id: string;
  /** Without a leading slash. */
  readonly name: string;
  /** Undefined where the container does not run: Docker then answers with zeroes. */
  read(): StatsReading | undefined;
  /** By name of the interface in the container. */
  networks(): Record<string, NetworkCounters>;
}

/** Docker's. Percentages are differences over it. */
export const STATS_INTERVAL_MS = 1000;

export interface StatsOptions {
  /** No second reading: `precpu_stats` are zeroes. */
  readonly oneShot?: boolean;
  readonly intervalMs?: number;
}

/** One answer. Without `oneShot` it is taken over one second, so that `precpu_stats` allows a percentage. */
export async function readStats(source: StatsSource, options: StatsOptions = {}): Promise<ContainerStats> {
  const first = source.read();
  if (options.oneShot === true || first === undefined) return statsFrom(source, first, undefined);
  await delay(options.intervalMs ?? STATS_INTERVAL_MS);
  return statsFrom(source, source.read(), first);
}

/** A JSON line each second, until it is destroyed or `ended` resolves. A slow reader gets fewer lines, not old ones. */
export function streamStats(
  source: StatsSource,
  ended: Promise<unknown>,
  intervalMs = STATS_INTERVAL_MS,
): Readable {
  let previous: StatsReading | undefined;
  let isWanted = false;
  let hasRead = false;
  const stream = new Readable({
    highWaterMark: 1,
    read: () => {
      isWanted = true;
      if (!hasRead) push();
    },
    destroy: (error, callback) => {
      clearInterval(timer);
      callback(error);
    },
  });
  const push = (): void => {
    if (!isWanted || stream.destroyed) return;
    isWanted = false;
    hasRead = true;
    try {
      const reading = source.read();
      stream.push(`${JSON.stringify(statsFrom(source, reading, previous))}\n`);
      previous = reading;
    } catch (error) {
      stream.destroy(error instanceof Error ? error : new Error(String(error)));
    }
  };
  const timer = setInterval(push, intervalMs);
  const end = (): void => {
    clearInterval(timer);
    if (!stream.destroyed) stream.push(null);
  };
  ended.then(end, end);
  return stream;
}

/** Go's zero time: never. */
const NEVER = '0001-01-01T00:00:00Z';

const NO_CPU: StatsReading['cpu'] = {
  cpu_usage: { total_usage: 0, usage_in_usermode: 0, usage_in_kernelmode: 0 },
  system_cpu_usage: 0,
  online_cpus: 0,
  throttling_data: { periods: 0, throttled_periods: 0, throttled_time: 0 },
};

/** Two readings as one answer; pure but for the network's counters. */
export function statsFrom(
  source: StatsSource,
  reading: StatsReading | undefined,
  previous: StatsReading | undefined,
): ContainerStats {
  const identity = { id: source.id, name: `/${source.name}`, num_procs: 0 };
  const before = {
    preread: previous?.readAt.toISOString() ?? NEVER,
    precpu_stats: previous?.cpu ?? NO_CPU,
  };
  if (reading === undefined) {
    const nothing = { cpu_stats: NO_CPU, memory_stats: { usage: 0, limit: 0, stats: {} }, networks: {} };
    return { ...identity, read: NEVER, ...before, pids_stats: {}, ...nothing };
  }
  const { pids, blockIo } = reading;
  return {
    ...identity,
    read: reading.readAt.toISOString(),
    ...before,
    pids_stats: { current: pids.current, ...(pids.limit === undefined ? {} : { limit: pids.limit }) },
    cpu_stats: reading.cpu,
    memory_stats: reading.memory,
    blkio_stats: { io_service_bytes_recursive: [...blockIo] },
    networks: source.networks(),
  };
}
