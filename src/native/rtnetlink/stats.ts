import type { NetlinkConnection } from '../netlink/connection.ts';
import { AttributeReader } from '../netlink/attribute.ts';

/** Counters of a link as its own namespace sees them, since the link exists. */
export interface LinkStats {
  readonly index: number;
  readonly rxPackets: number;
  readonly txPackets: number;
  readonly rxBytes: number;
  readonly txBytes: number;
  readonly rxErrors: number;
  readonly txErrors: number;
  readonly rxDropped: number;
  readonly txDropped: number;
}

/**
 * The counters of all links in one dump. RTM_GETSTATS, since an RTM_GETLINK dump carries 1.5 KB of settings a link
 * beside them.
 */
export function listStats(connection: NetlinkConnection): LinkStats[] {
  // struct if_stats_msg: family u8, pad u8, pad u16, index u32, filter mask u32.
  const body = Buffer.alloc(IF_STATS_MSG_LENGTH);
  body.writeUInt32LE(1 << (IFLA_STATS_LINK_64 - 1), 8);
  const messages = connection.dump({ operation: 'list link counters', type: RTM_GETSTATS, flags: 0, body });
  return messages.flatMap((message) => {
    const stats = new AttributeReader(message.body.subarray(IF_STATS_MSG_LENGTH)).raw(IFLA_STATS_LINK_64);
    return stats === undefined ? [] : [statsFrom(message.body.readUInt32LE(4), stats)];
  });
}

/** struct rtnl_link_stats64: u64 each. */
function statsFrom(index: number, stats: Buffer): LinkStats {
  return {
    index,
    rxPackets: counter(stats, 0),
    txPackets: counter(stats, 1),
    rxBytes: counter(stats, 2),
    txBytes: counter(stats, 3),
    rxErrors: counter(stats, 4),
    txErrors: counter(stats, 5),
    rxDropped: counter(stats, 6),
    txDropped: counter(stats, 7),
  };
}

/** Exact up to 2^53: 9 petabytes. */
function counter(stats: Buffer, field: number): number {
  return stats.readUInt32LE(8 * field) + stats.readUInt32LE(8 * field + 4) * 0x1_0000_0000;
}

const RTM_GETSTATS = 94;
const IF_STATS_MSG_LENGTH = 12;
const IFLA_STATS_LINK_64 = 1;
