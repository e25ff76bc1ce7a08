import { NetlinkConnection, type NetlinkRequest } from '../../native/netlink/connection.ts';
import { NETLINK, openNetlinkSocket } from '../../native/netlink/transport.ts';
import { hasChain, openNftables, type Nftables } from '../../native/nftables.ts';

/** The ways into the machine's own network namespace, each opened when it is first used and kept. */
export interface HostNetwork extends Disposable {
  readonly links: NetlinkConnection;
  readonly firewall: Nftables;
  /** Carries one slow request out on another thread, over a connection of its own. */
  inBackground(request: NetlinkRequest): Promise<void>;
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
    async inBackground(request) {
      using connection = new NetlinkConnection(openNetlinkSocket(NETLINK.ROUTE));
      await connection.executeInBackground(request);
    },
    hasChain: (table, chain) => hasChain((netfilter ??= open(NETLINK.NETFILTER)), table, chain),
    [Symbol.dispose]: () => opened.dispose(),
  };
}
