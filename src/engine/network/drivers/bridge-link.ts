// One endpoint's link: a veth pair, its near end a port of the bridge, its far end `eth0` in the container's
// namespace. The near end's name comes from the endpoint's id and its alias is the container's id, so that links
// tell whose they are without the database.
import { existsSync } from 'node:fs';
import { NetlinkConnection } from '../../../native/netlink/connection.ts';
import { NETLINK, openNetlinkSocket } from '../../../native/netlink/transport.ts';
import { inNetns } from '../../../native/netns.ts';
import { addAddress } from '../../../native/rtnetlink/address.ts';
import {
  createVeth,
  deleteLink,
  findLinkIndex,
  listLinks,
  setLink,
  type Link,
} from '../../../native/rtnetlink/link.ts';
import { setNeighbour } from '../../../native/rtnetlink/neighbour.ts';
import { addRoute } from '../../../native/rtnetlink/route.ts';
import { isErrno } from '../../../native/syscall-error.ts';
import type { HostNetwork } from '../host-network.ts';
import { broadcastOf, gatewayOf, type Subnet } from '../ipam.ts';
import type { Lease } from '../lease-store.ts';

export interface LinkPlace {
  readonly netnsFd: number;
  readonly subnet: Subnet;
  /** Index of the bridge. */
  readonly master: number;
  readonly mtu: number;
}

/**
 * Three datagrams: the pair, on another thread, the question for the far end's index, and all that is set inside.
 * The descriptor of the namespace must stay open until it has ended.
 */
export async function linkNamespace(host: HostNetwork, lease: Lease, place: LinkPlace): Promise<void> {
  const { netnsFd, subnet, master, mtu } = place;
  const { address, macAddress, containerId } = lease;
  const name = linkName(lease);
  await host.inBackground(
    createVeth({ name, master, mtu, peer: { name: CONTAINER_LINK, mac: macAddress, netnsFd } }),
    setLink({ name }, { alias: containerId, ...withHairpin(), ...withoutLinkLocal() }),
    setNeighbour({ index: master, address, mac: macAddress }),
  );
  using inside = new NetlinkConnection(inNetns(netnsFd, () => openNetlinkSocket(NETLINK.ROUTE)));
  const index = findLinkIndex(inside, { name: CONTAINER_LINK });
  if (index === undefined) throw new Error(`${CONTAINER_LINK} is not in the container's network namespace`);
  const { prefixLength } = subnet;
  inside.execute(
    setLink({ index: LOOPBACK }, { up: true }),
    // KERNEL: in one message the link comes up first, and with its address.
    ...(hasIpv6() ? [setLink({ index }, { linkLocal: false })] : []),
    setLink({ index }, { up: true }),
    addAddress({ index, address, prefixLength, broadcast: broadcastOf(subnet) }),
    addRoute({ destination: '0.0.0.0', prefixLength: 0, gateway: gatewayOf(subnet), index }),
  );
}

export function linkName(lease: Lease): string {
  return LINK_PREFIX + lease.endpointId.slice(0, 12);
}

/** True for ports that we made; a person may hang others on the bridge. */
export function isEndpointLink({ name }: Link): boolean {
  return name.startsWith(LINK_PREFIX);
}

export function bridgePorts({ links }: HostNetwork, bridgeName: string): Link[] {
  const master = findLinkIndex(links, { name: bridgeName });
  return master === undefined ? [] : listLinks(links, { master });
}

/** Ends the pair on another thread: the kernel waits for grace periods. A link that is gone is no error. */
export async function removeLink(host: HostNetwork, name: string): Promise<void> {
  try {
    await host.inBackground(deleteLink({ name }));
  } catch (error) {
    if (!isErrno(error, 'ENODEV')) throw error;
  }
}

/** With br_netfilter a packet from a container to its own published port is bridged, back out by its own port. */
function withHairpin(): { hairpin?: boolean } {
  return existsSync('/proc/sys/net/bridge/bridge-nf-call-iptables') ? { hairpin: true } : {};
}

/** Bridge ports need no IPv6 address, and this network gives containers none. The near end is up without a carrier yet. */
function withoutLinkLocal(): { linkLocal?: boolean } {
  return hasIpv6() ? { linkLocal: false } : {};
}

export function hasIpv6(): boolean {
  return existsSync('/proc/sys/net/ipv6');
}

const LINK_PREFIX = 'gv';
/** The far end's name. */
export const CONTAINER_LINK = 'eth0';
/** The first link of every network namespace (LOOPBACK_IFINDEX, <net/net_namespace.h>). */
const LOOPBACK = 1;
