import { listStats, type LinkStats } from '../../../native/rtnetlink/stats.ts';
import type { Link } from '../../../native/rtnetlink/link.ts';
import type { HostNetwork } from '../host-network.ts';
import type { LinkCounters } from './network-driver.ts';

/**
 * Reads the counters of all bridge ports in one dump. Which link is whose is asked anew only when a link appears
 * that was not there before: the kernel does not give an index out twice.
 */
export function createCounterReader(
  host: HostNetwork,
  ports: () => readonly Link[],
): () => Map<string, LinkCounters> {
  let seen = new Set<number>();
  let owners = new Map<number, string>();
  return () => {
    const stats = listStats(host.links);
    if (stats.some(({ index }) => !seen.has(index))) {
      const links = ports();
      owners = new Map(links.flatMap(({ index, alias }) => (alias === undefined ? [] : [[index, alias]])));
      seen = new Set(stats.map(({ index }) => index));
      // A port without an alias is just being made.
      for (const { index, alias } of links) if (alias === undefined) seen.delete(index);
    }
    const counters = new Map<string, LinkCounters>();
    for (const link of stats) {
      const owner = owners.get(link.index);
      if (owner !== undefined) counters.set(owner, fromInside(link));
    }
    return counters;
  };
}

/** What the near end receives is what the container sent. */
function fromInside(near: LinkStats): LinkCounters {
  return {
    rxBytes: near.txBytes,
    rxPackets: near.txPackets,
    rxErrors: near.txErrors,
    rxDropped: near.txDropped,
    txBytes: near.rxBytes,
    txPackets: near.rxPackets,
    txErrors: near.rxErrors,
    txDropped: near.rxDropped,
  };
}
