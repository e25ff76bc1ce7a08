import { NetlinkConnection } from '../../native/netlink/connection.ts';
import { NETLINK, openNetlinkSocket } from '../../native/netlink/transport.ts';
import { hasChain, openNftables, type Nftables } from '../../native/nftables.ts';

/** The ways into the machine's own network namespace, each opened when it is first used and kept. */
export interface HostNetwork extends Disposable {
  readonly links: NetlinkConnection;
  readonly firewall: Nftables;
  hasChain(table: string, chain: string): boolean;
}

export function openHostNetwork(): HostNetwork {
  const opened = new DisposableStack();
  let links: NetlinkConnection | undefined;
  let firewall: Nftables | undefined;
  let netfilter: NetlinkConnection | undefined;
  const open = (protocol: number): NetlinkConnection =>
    opened.use(new NetlinkConnection(openNetlinkSocket(protocol)));
  return {
    get links() {
      return (links ??= open(NETLINK.ROUTE));
    },
    get firewall() {
      return (firewall ??= opened.use(openNftables()));
    },
    hasChain: (table, chain) => hasChain((netfilter ??= open(NETLINK.NETFILTER)), table, chain),
    [Symbol.dispose]: () => opened.dispose(),
  };
}
