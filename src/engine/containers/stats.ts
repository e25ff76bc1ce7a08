// `docker stats`: the counters of one container as Docker's JSON.
import type { Readable } from 'node:stream';
import type { ContainerStats, NetworkCounters } from '../api/container-types.ts';
import { EngineError } from '../api/errors.ts';
import type { StatsReading } from '../cgroups/sampler.ts';

export interface StatsSource {
  readonly id: string;
  /** Without a leading slash. */
  readonly name: string;
  /** Undefined where the container does not run: Docker then answers with zeroes. */
  read(): StatsReading | undefined;
  /** By name of the interface in the container. */
  networks(): Record<string, NetworkCounters>;
}

/** One answer. Without `oneShot` it is taken over one second, so that `precpu_stats` allows a percentage. */
export function readStats(source: StatsSource, options: { oneShot?: boolean } = {}): Promise<ContainerStats> {
  throw new EngineError('not-implemented', `stats of ${source.id} ${String(options.oneShot)}`);
}

/** A JSON line each second, until it is destroyed or `ended` resolves (the container was removed). */
export function streamStats(source: StatsSource, _ended: Promise<unknown>): Readable {
  throw new EngineError('not-implemented', `stats of ${source.id}`);
}
