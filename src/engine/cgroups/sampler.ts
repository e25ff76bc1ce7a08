// The numbers of running containers, read from files that stay open.
import type { ContainerStats } from '../api/container-types.ts';
import type { ContainerSample } from '../api/system-types.ts';
import { isErrno } from '../../native/syscall-error.ts';
import type { CgroupLayout, CgroupPlace, Cgroups } from './cgroup.ts';
import { leadingNumber, lineKey, lineNumber, pressureAverages, sumAfter } from './counter-text.ts';
import { BUFFER_BYTES, type HeldFiles, openHeldFiles } from './held-files.ts';
import { type LimitValues, readLimitValues } from './limit-values.ts';

/** What the network room counted, as seen from inside the container. */
export interface NetworkTotals {
  readonly rxBytes: number;
  readonly txBytes: number;
}

export interface Sampler extends Disposable {
  /** Follows exactly these containers: opens what is new, closes what is gone. Cheap when nothing changed. */
  follow(places: readonly CgroupPlace[]): void;
  /** One sample of each; a container that ended meanwhile is left out. */
  sample(network: ReadonlyMap<string, NetworkTotals>): ContainerSample[];
}

/** All that `GET /containers/{id}/stats` needs beyond a sample, at one moment. */
export interface StatsReading {
  readonly readAt: Date;
  readonly cpu: ContainerStats['cpu_stats'];
  readonly memory: ContainerStats['memory_stats'];
  readonly pids: { readonly current: number; readonly limit: number | undefined };
  readonly blockIo: readonly {
    readonly major: number;
    readonly minor: number;
    readonly op: string;
    readonly value: number;
  }[];
}

interface Followed {
  readonly id: string;
  readonly path: string;
  readonly files: HeldFiles;
  limits: LimitValues;
  limitsReadAt: number;
  pressure: ContainerSample['pressure'];
  oomKills: number | undefined;
  slowReadAt: number;
}

/** Limits change by `update` only; reading them each time would double the number of files. */
const LIMITS_EVERY_MS = 5000;
/**
 * The kernel averages pressure over periods of 2 s (kernel/sched/psi.c, PSI_FREQ): more often is no newer. OOM kills are
 * rare, and told by an event of their own: two seconds late is soon enough for a number.
 */
const SLOW_EVERY_MS = 1900;

export function createSampler({ layout, open }: Pick<Cgroups, 'layout' | 'open'>): Sampler {
  const buffer = Buffer.alloc(BUFFER_BYTES);
  const followed = new Map<string, Followed>();
  const forget = (container: Followed) => {
    container.files[Symbol.dispose]();
    followed.delete(container.id);
  };

  return {
    follow(places) {
      const wanted = new Set(places.map(({ containerId }) => containerId));
      for (const container of followed.values()) if (!wanted.has(container.id)) forget(container);
      for (const place of places) {
        if (followed.has(place.containerId)) continue;
        const path = open(place).directories[0]?.path ?? '';
        const files = openHeldFiles(layout, path, buffer);
        if (files === undefined) continue;
        const limits = readLimitValues(layout, path);
        const { containerId: id } = place;
        followed.set(id, {
          id,
          path,
          files,
          limits,
          limitsReadAt: performance.now(),
          pressure: undefined,
          oomKills: undefined,
          slowReadAt: -Infinity,
        });
      }
    },
    sample(network) {
      const samples: ContainerSample[] = [];
      for (const container of followed.values()) {
        const sample = trySample(layout, container, network.get(container.id));
        if (sample === undefined) forget(container);
        else if (sample.pids > 0) samples.push(sample);
      }
      return samples;
    },
    [Symbol.dispose]() {
      for (const container of followed.values()) forget(container);
    },
  };
}

/** Undefined where the cgroup is gone. */
function trySample(
  layout: CgroupLayout,
  container: Followed,
  network: NetworkTotals | undefined,
): ContainerSample | undefined {
  const now = performance.now();
  try {
    refresh(layout, container, now);
    return sampleFrom(container, now * 1e6, network);
  } catch (error) {
    if (isErrno(error, 'ENODEV', 'ENOENT')) return undefined;
    throw error;
  }
}

/** What is not read every time. */
function refresh(layout: CgroupLayout, container: Followed, now: number): void {
  if (now - container.limitsReadAt > LIMITS_EVERY_MS) {
    container.limits = readLimitValues(layout, container.path);
    container.limitsReadAt = now;
  }
  if (now - container.slowReadAt > SLOW_EVERY_MS) {
    container.pressure = pressure(container.files);
    container.oomKills = lineIn(container.files, 'oom', KEYS.oomKill);
    container.slowReadAt = now;
  }
}

function sampleFrom(
  { id, files, limits, pressure, oomKills }: Followed,
  takenAtNs: number,
  network: NetworkTotals | undefined,
): ContainerSample {
  const blockIo = blockBytes(files);
  return {
    id,
    takenAtNs,
    cpuNanos: cpuNanos(files),
    // Without a quota nothing is throttled.
    throttledNanos: limits.cpuCores === undefined ? 0 : throttledNanos(files),
    cpuLimitCores: limits.cpuCores,
    memoryBytes: memoryBytes(files),
    memoryLimitBytes: limits.memoryBytes,
    pids: numberIn(files, 'pids') ?? 1,
    pidsLimit: limits.pids,
    blockReadBytes: blockIo.read,
    blockWriteBytes: blockIo.write,
    networkRxBytes: network?.rxBytes ?? 0,
    networkTxBytes: network?.txBytes ?? 0,
    oomKills,
    pressure,
  };
}

const KEYS = {
  usage: lineKey('usage_usec'),
  throttledV1: lineKey('throttled_time'),
  throttledV2: lineKey('throttled_usec'),
  inactiveV1: lineKey('total_inactive_file'),
  inactiveV2: lineKey('inactive_file'),
  oomKill: lineKey('oom_kill'),
  readV1: Buffer.from(' Read '),
  writeV1: Buffer.from(' Write '),
  readV2: Buffer.from(' rbytes='),
  writeV2: Buffer.from(' wbytes='),
} as const;

function numberIn(files: HeldFiles, counter: 'cpu' | 'memory' | 'pids'): number | undefined {
  const text = files.read(counter);
  return text === undefined ? undefined : leadingNumber(text);
}

function lineIn(
  files: HeldFiles,
  counter: 'cpu' | 'throttling' | 'memoryStat' | 'oom',
  key: Uint8Array,
): number | undefined {
  const text = files.read(counter);
  return text === undefined ? undefined : lineNumber(text, key);
}

function cpuNanos(files: HeldFiles): number {
  if (files.versionOf('cpu') === 1) return numberIn(files, 'cpu') ?? 0;
  return (lineIn(files, 'cpu', KEYS.usage) ?? 0) * 1000;
}

function throttledNanos(files: HeldFiles): number {
  if (files.versionOf('throttling') === 1) return lineIn(files, 'throttling', KEYS.throttledV1) ?? 0;
  return (lineIn(files, 'throttling', KEYS.throttledV2) ?? 0) * 1000;
}

/** As `docker stats` counts: the kernel gives inactive file pages back before anybody runs short. */
function memoryBytes(files: HeldFiles): number {
  const usage = numberIn(files, 'memory') ?? 0;
  const key = files.versionOf('memory') === 1 ? KEYS.inactiveV1 : KEYS.inactiveV2;
  const inactive = lineIn(files, 'memoryStat', key) ?? 0;
  return inactive < usage ? usage - inactive : usage;
}

function blockBytes(files: HeldFiles): { read: number; write: number } {
  const text = files.read('blockIo');
  if (text === undefined || text.length === 0) return { read: 0, write: 0 };
  const isV1 = files.versionOf('blockIo') === 1;
  return {
    read: sumAfter(text, isV1 ? KEYS.readV1 : KEYS.readV2),
    write: sumAfter(text, isV1 ? KEYS.writeV1 : KEYS.writeV2),
  };
}

function pressure(files: HeldFiles): ContainerSample['pressure'] {
  const cpu = averagesIn(files, 'cpuPressure');
  const memory = averagesIn(files, 'memoryPressure');
  const io = averagesIn(files, 'ioPressure');
  if (cpu === undefined && memory === undefined && io === undefined) return undefined;
  return { ...(cpu && { cpu }), ...(memory && { memory }), ...(io && { io }) };
}

function averagesIn(files: HeldFiles, counter: 'cpuPressure' | 'memoryPressure' | 'ioPressure') {
  const text = files.read(counter);
  return text === undefined ? undefined : pressureAverages(text);
}
