// The numbers of running containers, read from files that stay open.
import type { ContainerStats, NetworkCounters } from '../api/container-types.ts';
import type { ContainerSample } from '../api/system-types.ts';
import type { CgroupPlace } from './cgroup.ts';

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

export interface StatsSubject {
  readonly id: string;
  readonly name: string;
  readonly networks: Record<string, NetworkCounters>;
}
