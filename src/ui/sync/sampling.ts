// Counters of the running containers, once a second: all of them in one call where the engine offers it, else a stats
// request for each container that is likely on screen.
import type { ContainerStats } from '../../engine/api/container-types.ts';
import type { EngineClient } from '../../engine/api/engine-client.ts';
import type { ContainerSample } from '../../engine/api/system-types.ts';
import { advanceHistory, startHistory, type History } from '../details/history.ts';
import { panes } from '../panes/index.ts';
import type { UiStore } from '../ui-store.ts';

const INTERVAL_MS = 1000;
/** Requests a second over HTTP. */
const MOST_REQUESTS = 24;

export function sampleContainers(client: EngineClient, store: UiStore): Disposable {
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;

  const sample = async (): Promise<void> => {
    const startedAt = performance.now();
    try {
      const samples = await readSamples(client, store);
      if (!stopped && (samples.length > 0 || store.getState().histories.size > 0)) {
        store.setState((state) => ({ histories: advanceAll(state.histories, samples) }));
      }
    } catch {
      // One missed second of numbers is no news; an engine that is gone shows itself in the event stream.
    }
    if (!stopped)
      timer = setTimeout(() => void sample(), Math.max(100, startedAt + INTERVAL_MS - performance.now()));
  };

  void sample();
  return {
    [Symbol.dispose]: () => {
      stopped = true;
      clearTimeout(timer);
    },
  };
}

function advanceAll(
  known: ReadonlyMap<string, History>,
  samples: readonly ContainerSample[],
): Map<string, History> {
  return new Map(
    samples.map((sample) => {
      const history = known.get(sample.id);
      return [sample.id, history === undefined ? startHistory(sample) : advanceHistory(history, sample)];
    }),
  );
}

async function readSamples(client: EngineClient, store: UiStore): Promise<readonly ContainerSample[]> {
  if (client.gantry !== undefined) return client.gantry.sample();
  const state = store.getState();
  const running = new Set(
    state.containers.filter((container) => container.State === 'running').map((container) => container.Id),
  );
  const { index = 0 } = panes.containers.selection(state) ?? {};
  const keys = panes.containers.keys(state);
  const wanted = keys
    .slice(Math.max(0, index - MOST_REQUESTS / 2), index + MOST_REQUESTS / 2)
    .filter((key) => running.has(key));
  const results = await Promise.allSettled(
    wanted.map(async (id) =>
      sampleFrom(id, await client.getContainer(id).stats({ stream: false, 'one-shot': true })),
    ),
  );
  return results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
}

function sampleFrom(id: string, stats: ContainerStats): ContainerSample {
  const networks = Object.values(stats.networks ?? {});
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  const blockBytes = (operation: string): number =>
    sum(
      (stats.blkio_stats?.io_service_bytes_recursive ?? [])
        .filter((entry) => entry.op.toLowerCase() === operation)
        .map((entry) => entry.value),
    );
  return {
    id,
    takenAtNs: Date.parse(stats.read) * 1e6,
    cpuNanos: stats.cpu_stats.cpu_usage.total_usage,
    throttledNanos: stats.cpu_stats.throttling_data.throttled_time,
    cpuLimitCores: undefined,
    memoryBytes: Math.max(0, stats.memory_stats.usage - inactiveFile(stats.memory_stats.stats)),
    memoryLimitBytes: stats.memory_stats.limit,
    pids: stats.pids_stats?.current ?? stats.num_procs,
    pidsLimit: stats.pids_stats?.limit,
    blockReadBytes: blockBytes('read'),
    blockWriteBytes: blockBytes('write'),
    networkRxBytes: sum(networks.map((network) => network.rx_bytes)),
    networkTxBytes: sum(networks.map((network) => network.tx_bytes)),
    oomKills: undefined,
    pressure: undefined,
  };
}

/** Cached file pages that would be given back first: `total_inactive_file` on cgroup v1, `inactive_file` on v2. */
function inactiveFile(stats: object): number {
  const values = new Map<string, unknown>(Object.entries(stats));
  const bytes = values.get('total_inactive_file') ?? values.get('inactive_file');
  return typeof bytes === 'number' ? bytes : 0;
}
