import { inNetns } from '../../../native/netns.ts';
import { NetlinkConnection } from '../../../native/netlink/connection.ts';
import { NETLINK, openNetlinkSocket } from '../../../native/netlink/transport.ts';
import { setLink } from '../../../native/rtnetlink/link.ts';
import type { NetworkDriver } from './network-driver.ts';

/** Networks without links of their own: `none` has loopback only, `host` is the machine's namespace as it is. */
export function createPlainDriver(kind: 'host' | 'none'): NetworkDriver {
  return {
    subnet: () => undefined,
    ensure: async () => undefined,
    async connect(_lease, netnsFd) {
      if (kind === 'host') return;
      using links = new NetlinkConnection(inNetns(netnsFd, () => openNetlinkSocket(NETLINK.ROUTE)));
      links.execute(setLink({ index: LOOPBACK }, { up: true }));
    },
    disconnect: async () => undefined,
    republish: () => undefined,
    reconcile: async () => [],
    counters: () => new Map(),
  };
}

/** The first link of every network namespace (LOOPBACK_IFINDEX, <net/net_namespace.h>). */
const LOOPBACK = 1;
