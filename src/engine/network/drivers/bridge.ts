// The bridge driver: one bridge on the machine, a veth pair for each container, its far end `eth0` in the
// container's namespace. The near end's name comes from the endpoint's id and its alias is the container's id, so
// that links tell whose they are without the database.
import { existsSync } from 'node:fs';
import { NetlinkConnection, NetlinkError } from '../../../native/netlink/connection.ts';
import { NETLINK, openNetlinkSocket } from '../../../native/netlink/transport.ts';
import { inNetns } from '../../../native/netns.ts';
import { NftablesError } from '../../../native/nftables.ts';
import { addAddress } from '../../../native/rtnetlink/address.ts';
import { createVeth, deleteLink, findLink, listLinks, setLink } from '../../../native/rtnetlink/link.ts';
import { setNeighbour } from '../../../native/rtnetlink/neighbour.ts';
import { addRoute } from '../../../native/rtnetlink/route.ts';
import { acquireLock } from '../../state/locks.ts';
import { markerChain, publishText, rulesetText, unpublishText, type FirewalledBridge } from '../firewall.ts';
import type { HostNetwork } from '../host-network.ts';
import { broadcastOf, formatSubnet, gatewayOf, parseSubnet, type Subnet } from '../ipam.ts';
import type { Lease, LeaseStore } from '../lease-store.ts';
import { createCounterReader } from './bridge-counters.ts';
import { findSubnet, setUpBridge } from './bridge-setup.ts';
import type { NetworkDriver } from './network-driver.ts';

export interface BridgeOptions {
  readonly networkId: string;
  readonly bridgeName: string;
  /** The nftables table; one an engine. */
  readonly table: string;
  readonly mtu: number;
  readonly masquerade: boolean;
  readonly interContainer: boolean;
  /** Lock file for what is made once: bridge and skeleton. */
  readonly lockFile: string;
}

export function createBridgeDriver(
  host: HostNetwork,
  leases: LeaseStore,
  options: BridgeOptions,
): NetworkDriver {
  const { bridgeName, table, networkId } = options;
  let known: Subnet | undefined;
  const subnet = (): Subnet =>
    (known ??= parseSubnet(
      leases.remember(`${networkId}.subnet`, () => formatSubnet(findSubnet(host.links, bridgeName))),
    ));
  const bridge = (): FirewalledBridge => ({ ...options, name: bridgeName, subnet: subnet() });
  const current = (): Lease[] => leases.list(networkId);
  const rewrite = (read: () => readonly Lease[]): void =>
    rewriteTable(host, read, (now) => rulesetText(table, bridge(), now));

  const isReady = (): boolean =>
    findLink(host.links, { name: bridgeName })?.up === true && host.hasChain(table, markerChain(bridge()));
  const setUp = async (): Promise<void> => {
    using _lock = await acquireLock(options.lockFile, { subject: `network ${bridgeName}` });
    if (isReady()) return;
    setUpBridge(host.links, { name: bridgeName, subnet: subnet(), mtu: options.mtu });
    // The skeleton's marker comes last: where it is, the rest was finished.
    rewrite(current);
  };

  return {
    subnet,
    ensure: async () => (isReady() ? undefined : setUp()),
    connect(lease, netnsFd) {
      using undo = new DisposableStack();
      undo.defer(() => removeLink(host.links, lease));
      linkNamespace(host.links, { lease, netnsFd, subnet: subnet(), bridgeName, mtu: options.mtu });
      change(host, publishText(table, lease), () => rewrite(current));
      undo.move();
    },
    disconnect(lease) {
      change(host, unpublishText(table, lease), () => rewrite(current));
      removeLink(host.links, lease);
    },
    republish: () => rewrite(current),
    async reconcile(read) {
      await setUp();
      // Links before leases: a lease is there before its link and goes after it.
      const ports = portsOf(host.links, bridgeName);
      const names = new Set(read().map(linkName));
      const orphans = ports.filter(({ name }) => name.startsWith(LINK_PREFIX) && !names.has(name));
      for (const { index } of orphans) removeLinkAt(host.links, { index });
      rewrite(read);
      return orphans.map(({ name, alias }) => `removed link ${name} of container ${alias ?? 'unknown'}`);
    },
    counters: createCounterReader(host, () => portsOf(host.links, bridgeName)),
  };
}

interface Endpoint {
  readonly lease: Lease;
  readonly netnsFd: number;
  readonly subnet: Subnet;
  readonly bridgeName: string;
  readonly mtu: number;
}

function linkNamespace(links: NetlinkConnection, endpoint: Endpoint): void {
  const { lease, netnsFd, subnet, bridgeName, mtu } = endpoint;
  const { address, macAddress } = lease;
  const master = findLink(links, { name: bridgeName });
  if (master === undefined) throw new Error(`bridge ${bridgeName} has been removed`);
  const name = linkName(lease);
  const peer = { name: CONTAINER_LINK, mac: macAddress, netnsFd };
  links.execute(
    createVeth({ name, master: master.index, mtu, peer }),
    setLink({ name }, { alias: lease.containerId, ...withHairpin(), ...withoutLinkLocal() }),
    setNeighbour({ index: master.index, address, mac: macAddress }),
  );
  using inside = new NetlinkConnection(inNetns(netnsFd, () => openNetlinkSocket(NETLINK.ROUTE)));
  const index = findLink(inside, { name: CONTAINER_LINK })?.index;
  if (index === undefined) throw new Error(`${CONTAINER_LINK} is not in the container's network namespace`);
  const { prefixLength } = subnet;
  inside.execute(
    setLink({ index: LOOPBACK }, { up: true }),
    setLink({ index }, { up: true, ...withoutLinkLocal() }),
    addAddress({ index, address, prefixLength, broadcast: broadcastOf(subnet) }),
    addRoute({ destination: '0.0.0.0', prefixLength: 0, gateway: gatewayOf(subnet), index }),
  );
}

/** Runs element commands; where the table is not as it should be (flushed, stale), writes all of it afresh. */
function change(host: HostNetwork, commands: string, rewrite: () => void): void {
  if (commands === '') return;
  try {
    host.firewall.run(commands);
  } catch (error) {
    if (!(error instanceof NftablesError) || !(error.isNotFound || error.isConflict)) throw error;
    rewrite();
  }
}

/**
 * Writes the table from the leases, and again while they changed under it: a lease that another process made or
 * ended between reading and writing would otherwise miss or keep its ports.
 */
function rewriteTable(
  host: HostNetwork,
  read: () => readonly Lease[],
  textOf: (leases: readonly Lease[]) => string,
): void {
  let text = textOf(read());
  for (let round = 1; round <= REWRITE_ROUNDS; round += 1) {
    host.firewall.run(text);
    const next = textOf(read());
    if (next === text) return;
    text = next;
  }
}

function portsOf(links: NetlinkConnection, bridgeName: string) {
  const master = findLink(links, { name: bridgeName });
  return master === undefined ? [] : listLinks(links, { master: master.index });
}

function removeLink(links: NetlinkConnection, lease: Lease): void {
  removeLinkAt(links, { name: linkName(lease) });
}

function removeLinkAt(links: NetlinkConnection, target: { name: string } | { index: number }): void {
  try {
    links.execute(deleteLink(target));
  } catch (error) {
    if (!(error instanceof NetlinkError) || error.code !== 'ENODEV') throw error;
  }
}

function linkName(lease: Lease): string {
  return LINK_PREFIX + lease.endpointId.slice(0, 12);
}

/** With br_netfilter a packet from a container to its own published port is bridged, back out by its own port. */
function withHairpin(): { hairpin?: boolean } {
  return existsSync('/proc/sys/net/bridge/bridge-nf-call-iptables') ? { hairpin: true } : {};
}

/** Bridge ports need no IPv6 address, and this network gives containers none. */
function withoutLinkLocal(): { linkLocal?: boolean } {
  return existsSync('/proc/sys/net/ipv6') ? { linkLocal: false } : {};
}

const LINK_PREFIX = 'gv';
const CONTAINER_LINK = 'eth0';
/** The first link of every network namespace (LOOPBACK_IFINDEX, <net/net_namespace.h>). */
const LOOPBACK = 1;
/** More rounds than processes that plausibly start and stop containers within one millisecond. */
const REWRITE_ROUNDS = 20;
