import { NetlinkConnection, type NetlinkRequest } from '../../native/netlink/connection.ts';
import { NETLINK, openNetlinkSocket } from '../../native/netlink/transport.ts';
import { openNftables, type Nftables } from '../../native/nftables.ts';

/** The ways into the machine's own network namespace, each opened when it is first used and kept. */
export interface HostNetwork extends Disposable {
  readonly links: NetlinkConnection;
  readonly netfilter: NetlinkConnection;
  /** For what is rare; libnftables is loaded with the first question. */
  readonly firewall: Nftables;
  /** Carries slow requests out on another thread, over a connection of its own. */
  inBackground(...requests: readonly NetlinkRequest[]): Promise<void>;
}

export function openHostNetwork(): HostNetwork {
  const links = keptConnection(NETLINK.ROUTE);
  const netfilter = keptConnection(NETLINK.NETFILTER);
  let firewall: Nftables | undefined;
  return {
    get links() {
      return links.use();
    },
    get netfilter() {
      return netfilter.use();
    },
    get firewall() {
      return (firewall ??= openNftables());
    },
    async inBackground(...requests) {
      using connection = connect(NETLINK.ROUTE);
      await connection.executeInBackground(...requests);
    },
    [Symbol.dispose]() {
      links[Symbol.dispose]();
      netfilter[Symbol.dispose]();
      firewall?.[Symbol.dispose]();
      firewall = undefined;
    },
  };
}

/** One connection, replaced when a conversation over it was broken off. */
function keptConnection(protocol: number): { use(): NetlinkConnection } & Disposable {
  let connection: NetlinkConnection | undefined;
  const close = (): void => {
    connection?.[Symbol.dispose]();
    connection = undefined;
  };
  return {
    use() {
      if (connection?.isUsable === false) close();
      return (connection ??= connect(protocol));
    },
    [Symbol.dispose]: close,
  };
}

function connect(protocol: number): NetlinkConnection {
  return new NetlinkConnection(openNetlinkSocket(protocol));
}
