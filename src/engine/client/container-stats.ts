// Docker's stats of one container, from the cgroup reader and the host's end of its link.
import type { ContainerStats, NetworkCounters } from '../api/container-types.ts';
import type { ContainerDeps } from '../containers/container-deps.ts';
import { isAlive } from '../containers/container.ts';
import type { Engine } from '../engine.ts';

export async function containerStats(
  engine: Engine,
  idOrName: string,
  options: { stream?: boolean; 'one-shot'?: boolean },
): Promise<ContainerStats | NodeJS.ReadableStream> {
  const [deps, { readStats, streamStats }, { readStatsOf }] = await Promise.all([
    engine.containers(),
    import('../containers/reports/stats.ts'),
    import('../cgroups/stats-reading.ts'),
  ]);
  const { record } = engine.store.get(idOrName);
  const place = { containerId: record.id, parent: record.hostConfig.CgroupParent };
  const source = {
    id: record.id,
    name: record.name,
    read: () => {
      const container = engine.store.find(record.id);
      return container !== undefined && isAlive(container.state)
        ? readStatsOf(deps.cgroups, place)
        : undefined;
    },
    networks: () => networkCounters(deps, record.id),
  };
  if (options.stream !== true) return await readStats(source, { oneShot: options['one-shot'] === true });
  const removed = new AbortController();
  const stream = streamStats(source, removalOf(engine, record.id, removed.signal));
  stream.on('close', () => removed.abort());
  return stream;
}

/** Resolves when the container is removed, or when nobody wants to know any more. */
async function removalOf(engine: Engine, id: string, signal: AbortSignal): Promise<void> {
  const log = await engine.events();
  const filters = { type: ['container'], container: [id], event: ['destroy'] };
  for await (const _removal of log.follow({ filters, signal })) return;
}

/** The container's one link, seen from inside. */
function networkCounters(deps: ContainerDeps, id: string): Record<string, NetworkCounters> {
  const counters = deps.network.counters().get(id);
  if (counters === undefined) return {};
  return {
    eth0: {
      rx_bytes: counters.rxBytes,
      rx_packets: counters.rxPackets,
      rx_errors: counters.rxErrors,
      rx_dropped: counters.rxDropped,
      tx_bytes: counters.txBytes,
      tx_packets: counters.txPackets,
      tx_errors: counters.txErrors,
      tx_dropped: counters.txDropped,
    },
  };
}
