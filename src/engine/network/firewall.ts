// The engine's nftables rules as text, and what is published as elements. Pure. One table an engine; published ports are elements of two maps, so that
// the cost of a packet and of a start does not grow with their number.
//
//   raw prerouting   what comes from a container for 127.0.0.0/8 or from there is dropped: route_localnet on the bridge
//                    lets the machine's own packets from 127.0.0.1 through, and must let no others
//   nat prerouting   published ports → container, never for 127.0.0.0/8: only the machine itself may use those
//   nat output       the same for the machine's own packets, 127.0.0.0/8 included
//   nat postrouting  container → elsewhere gets the machine's address; so does what goes by a published port back
//                    into the bridge, since the answer would otherwise take the short way and not be understood
//   forward          into a bridge only what belongs to a connection, came by a published port, or comes from the
//                    same bridge; so nobody reaches unpublished ports by routing to the container's address
import { fnv1a } from '../../native/fnv1a.ts';
import { concatenation, type MapElement } from '../../native/nftables-elements.ts';
import { ipv4Bytes } from '../../native/rtnetlink/ipv4.ts';
import { formatSubnet, type Subnet } from './ipam.ts';
import type { Lease, PublishedPort } from './lease-store.ts';

export interface FirewalledBridge {
  readonly name: string;
  readonly subnet: Subnet;
  /** Containers leave with the machine's address (com.docker.network.bridge.enable_ip_masquerade). */
  readonly masquerade: boolean;
  /** Containers of this bridge may speak to each other (com.docker.network.bridge.enable_icc). */
  readonly interContainer: boolean;
}

/** The whole table, written afresh in one transaction. */
export function rulesetText(table: string, bridge: FirewalledBridge, leases: readonly Lease[]): string {
  return `add table ip ${table}
delete table ip ${table}
table ip ${table} {
  chain ${markerChain(bridge)} {
  }
  map published_any {
    type inet_proto . inet_service : ipv4_addr . inet_service${elementsOf(leases, isOnAny)}
  }
  map published_on {
    type ipv4_addr . inet_proto . inet_service : ipv4_addr . inet_service${elementsOf(leases, isOnOne)}
  }
${chains(bridge)}
}
`;
}

/**
 * An empty chain that names the rules beside it by their digest: where it is there, the skeleton is there and of
 * this version and these settings, which one question to the kernel tells.
 */
export function markerChain(bridge: FirewalledBridge): string {
  return `skeleton_${fnv1a(chains(bridge))}`;
}

/** The elements that publish a lease's ports. */
export function publishedElements({ address, ports }: Lease): MapElement[] {
  return ports.map((port) => {
    const key = [Buffer.of(IP_PROTOCOL[port.protocol]), portBytes(port.hostPort)];
    return {
      map: isOnAny(port) ? 'published_any' : 'published_on',
      key: isOnAny(port) ? concatenation(...key) : concatenation(ipv4Bytes(port.hostIp), ...key),
      value: concatenation(ipv4Bytes(address), portBytes(port.containerPort)),
    };
  });
}

function portBytes(port: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(port);
  return bytes;
}

function elementsOf(leases: readonly Lease[], filter: (port: PublishedPort) => boolean): string {
  const elements = mappings(leases, filter);
  return elements.length === 0 ? '' : `\n    elements = { ${elements.join(', ')} }`;
}

function mappings(leases: readonly Lease[], filter: (port: PublishedPort) => boolean): string[] {
  return leases
    .filter((lease) => !lease.closing)
    .flatMap(({ address, ports }) =>
      ports.filter(filter).map((port) => `${keyOf(port)} : ${address} . ${port.containerPort}`),
    );
}

function keyOf(port: PublishedPort): string {
  const key = `${port.protocol} . ${port.hostPort}`;
  return isOnAny(port) ? key : `${port.hostIp} . ${key}`;
}

const isOnAny = (port: PublishedPort): boolean => port.hostIp === '0.0.0.0';
const isOnOne = (port: PublishedPort): boolean => !isOnAny(port);

function chains(bridge: FirewalledBridge): string {
  const { name, masquerade, interContainer } = bridge;
  const subnet = formatSubnet(bridge.subnet);
  const lines = [
    '  chain guard {',
    '    type filter hook prerouting priority raw; policy accept;',
    `    iifname "${name}" ip daddr 127.0.0.0/8 drop`,
    // KERNEL: without rp_filter, of a subnet of loopback only addresses that are set are known to be the machine's own.
    `    iifname "${name}" ip saddr 127.0.0.0/8 drop`,
    '  }',
    '  chain prerouting {',
    '    type nat hook prerouting priority dstnat; policy accept;',
    '    ip daddr 127.0.0.0/8 return',
    ...LOOK_UP,
    '  }',
    '  chain output {',
    // The name "dstnat" is not known for this hook before nftables 1.0.7.
    '    type nat hook output priority -100; policy accept;',
    ...LOOK_UP,
    '  }',
    '  chain postrouting {',
    '    type nat hook postrouting priority srcnat; policy accept;',
    ...(masquerade ? [`    ip saddr ${subnet} oifname != "${name}" masquerade`] : []),
    `    oifname "${name}" ct status dnat ip saddr { 127.0.0.0/8, ${subnet} } masquerade`,
    '  }',
    `  chain into_bridge {`,
    '    ct state established,related accept',
    '    ct status dnat accept',
    ...(interContainer ? [`    iifname "${name}" accept`] : []),
    '    drop',
    '  }',
    '  chain forward {',
    '    type filter hook forward priority filter; policy accept;',
    `    oifname "${name}" jump into_bridge`,
    '  }',
  ];
  return lines.join('\n');
}

/** IPPROTO_TCP, IPPROTO_UDP. */
const IP_PROTOCOL = { tcp: 6, udp: 17 } as const;
const LOOK_UP = [
  '    dnat ip to ip daddr . meta l4proto . th dport map @published_on',
  '    fib daddr type local dnat ip to meta l4proto . th dport map @published_any',
];
