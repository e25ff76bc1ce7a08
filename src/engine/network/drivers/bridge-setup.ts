// What the endpoints of a bridge network share: the bridge with its address, the sysctls, the firewall's skeleton.
import { readFileSync, writeFileSync } from 'node:fs';
import {
  NetlinkError,
  type NetlinkConnection,
  type NetlinkRequest,
} from '../../../native/netlink/connection.ts';
import { addAddress, listAddresses } from '../../../native/rtnetlink/address.ts';
import { createBridge, findLink, setLink, type Link } from '../../../native/rtnetlink/link.ts';
import { listRoutes } from '../../../native/rtnetlink/route.ts';
import { hasIpv6 } from './bridge-link.ts';
import { broadcastOf, chooseSubnet, gatewayOf, macFor, subnetOf, type Subnet } from '../ipam.ts';

export interface BridgeLink {
  readonly name: string;
  readonly subnet: Subnet;
  readonly mtu: number;
}

/** Makes the bridge or completes one that was left half-made. The caller holds the network's lock. */
export function setUpBridge(links: NetlinkConnection, bridge: BridgeLink): Link {
  const { name, subnet, mtu } = bridge;
  const gateway = gatewayOf(subnet);
  unlessThere(links, createBridge({ name, mac: macFor(gateway), mtu }));
  const link = findLink(links, { name });
  if (link?.kind !== 'bridge') throw new Error(`link ${name} is not a bridge but ${link?.kind ?? 'gone'}`);
  const { index } = link;
  // Before the first frame can come in: a router advertisement from a container would lead the machine's own traffic to it
  // (CVE-2020-13401), and this network has no IPv6.
  if (hasIpv6()) setSysctl(`net/ipv6/conf/${name}/disable_ipv6`, '1');
  if (!link.up) links.execute(setLink({ index }, { up: true }));
  const address = { index, address: gateway, prefixLength: subnet.prefixLength };
  unlessThere(links, addAddress({ ...address, broadcast: broadcastOf(subnet) }));
  // Lets 127.0.0.1:port reach a container; the firewall sees to it that only the machine itself can.
  setSysctl(`net/ipv4/conf/${name}/route_localnet`, '1');
  setSysctl('net/ipv4/ip_forward', '1');
  return link;
}

/** The subnet that the bridge has from before, or one that nothing on this machine uses. */
export function findSubnet(links: NetlinkConnection, bridgeName: string): Subnet {
  const addresses = listAddresses(links);
  const bridge = findLink(links, { name: bridgeName });
  const own = addresses.find(({ index }) => index === bridge?.index);
  if (own !== undefined) return subnetOf(own.address, own.prefixLength);
  const routes = listRoutes(links).filter(({ prefixLength }) => prefixLength > 0);
  return chooseSubnet([
    ...addresses.map(({ address, prefixLength }) => subnetOf(address, prefixLength)),
    ...routes.map(({ destination, prefixLength }) => subnetOf(destination, prefixLength)),
  ]);
}

function unlessThere(links: NetlinkConnection, request: NetlinkRequest): void {
  try {
    links.execute(request);
  } catch (error) {
    if (!(error instanceof NetlinkError) || error.code !== 'EEXIST') throw error;
  }
}

/** Writes only what differs: where /proc/sys is read-only, an administrator may have set it beforehand. */
function setSysctl(name: string, value: string): void {
  const path = `/proc/sys/${name}`;
  if (readFileSync(path, 'utf8').trim() !== value) writeFileSync(path, value);
}
