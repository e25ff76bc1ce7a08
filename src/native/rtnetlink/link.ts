// Links (rtnetlink(7), <linux/if_link.h>). Functions that change something return a request, so that several can
// go in one datagram; functions that read take the connection.
import { AttributeReader, AttributeWriter } from '../netlink/attribute.ts';
import { NetlinkError, type NetlinkConnection, type NetlinkRequest } from '../netlink/connection.ts';
import { NLM_F, type NetlinkMessage } from '../netlink/message.ts';
import { macBytes, macText } from './ipv4.ts';

export interface Link {
  readonly index: number;
  readonly name: string;
  /** `bridge`, `veth`; undefined for physical links and loopback. */
  readonly kind: string | undefined;
  readonly mac: string | undefined;
  readonly mtu: number;
  readonly up: boolean;
  /** Index of the bridge that this link is a port of. */
  readonly master: number | undefined;
  /** Free text that anybody may put on a link; ours is the container's id. */
  readonly alias: string | undefined;
}

export type LinkTarget = { readonly index: number } | { readonly name: string };

/** A bridge with a MAC address of its own: otherwise it takes its lowest port's, and changes it with its ports. */
export function createBridge(options: {
  readonly name: string;
  readonly mac: string;
  readonly mtu?: number;
}): NetlinkRequest {
  const attributes = new AttributeWriter().string(IFLA.IFNAME, options.name);
  attributes.raw(IFLA.ADDRESS, macBytes(options.mac));
  if (options.mtu !== undefined) attributes.u32(IFLA.MTU, options.mtu);
  attributes.nested(IFLA.LINKINFO, (info) => info.string(IFLA_INFO.KIND, 'bridge'));
  return create(`create bridge ${options.name}`, ifinfomsg({ up: true }), attributes);
}

export interface VethOptions {
  readonly name: string;
  /** Index of the bridge that the near end becomes a port of. */
  readonly master?: number | undefined;
  readonly mtu?: number | undefined;
  readonly peer: {
    readonly name: string;
    readonly mac?: string | undefined;
    /** The far end is made in this namespace; without it, beside the near end. */
    readonly netnsFd?: number | undefined;
  };
}

/**
 * A veth pair in one message. The near end comes up at once; the far end cannot (ENOTCONN: it has no peer yet while
 * it is being made), so that is a second request in its own namespace.
 *
 *   IFLA_IFNAME, IFLA_MTU, IFLA_MASTER       near end
 *   IFLA_LINKINFO
 *   ├── IFLA_INFO_KIND "veth"
 *   └── IFLA_INFO_DATA
 *       └── VETH_INFO_PEER                   struct ifinfomsg of the far end, then its attributes
 *           └── IFLA_IFNAME, IFLA_ADDRESS, IFLA_MTU, IFLA_NET_NS_FD
 */
export function createVeth(options: VethOptions): NetlinkRequest {
  const { name, master, mtu, peer } = options;
  const attributes = new AttributeWriter().string(IFLA.IFNAME, name);
  if (mtu !== undefined) attributes.u32(IFLA.MTU, mtu);
  if (master !== undefined) attributes.u32(IFLA.MASTER, master);
  const farEnd = (far: AttributeWriter): void => {
    far.string(IFLA.IFNAME, peer.name);
    if (peer.mac !== undefined) far.raw(IFLA.ADDRESS, macBytes(peer.mac));
    if (mtu !== undefined) far.u32(IFLA.MTU, mtu);
    if (peer.netnsFd !== undefined) far.u32(IFLA.NET_NS_FD, peer.netnsFd);
  };
  attributes.nested(IFLA.LINKINFO, (info) =>
    info
      .string(IFLA_INFO.KIND, 'veth')
      .nested(IFLA_INFO.DATA, (data) => data.nested(VETH_INFO_PEER, farEnd, ifinfomsg({}))),
  );
  return create(`create veth ${name}`, ifinfomsg({ up: true }), attributes);
}

export interface LinkChanges {
  readonly up?: boolean;
  /** 0 takes the link out of its bridge. */
  readonly master?: number;
  /** A new name; the kernel refuses it while some kinds of link are up. */
  readonly name?: string;
  readonly alias?: string;
  readonly mac?: string;
  readonly mtu?: number;
  /** Moves the link to another namespace. */
  readonly netnsFd?: number;
  /** Lets a bridge port send a frame back where it came from. */
  readonly hairpin?: boolean;
  /** False: the link gets no IPv6 link-local address of its own when it comes up. Needs a kernel with IPv6. */
  readonly linkLocal?: boolean;
}

export function setLink(target: LinkTarget, changes: LinkChanges): NetlinkRequest {
  if (changes.name !== undefined && 'name' in target)
    throw new TypeError('a link can only be renamed by its index');
  const attributes = new AttributeWriter();
  const name = 'name' in target ? target.name : changes.name;
  if (name !== undefined) attributes.string(IFLA.IFNAME, name);
  if (changes.mac !== undefined) attributes.raw(IFLA.ADDRESS, macBytes(changes.mac));
  if (changes.mtu !== undefined) attributes.u32(IFLA.MTU, changes.mtu);
  if (changes.master !== undefined) attributes.u32(IFLA.MASTER, changes.master);
  if (changes.alias !== undefined) attributes.string(IFLA.IFALIAS, changes.alias);
  if (changes.netnsFd !== undefined) attributes.u32(IFLA.NET_NS_FD, changes.netnsFd);
  if (changes.linkLocal !== undefined) attributes.nested(IFLA.AF_SPEC, linkLocalMode(changes.linkLocal));
  if (changes.hairpin !== undefined) attributes.nested(IFLA.LINKINFO, portMode(changes.hairpin));
  const head = ifinfomsg({ index: indexOf(target), up: changes.up });
  return {
    operation: `set link ${textOf(target)}`,
    type: RTM.NEWLINK,
    flags: 0,
    body: Buffer.concat([head, attributes.bytes]),
  };
}

function portMode(hairpin: boolean): (info: AttributeWriter) => void {
  return (info) =>
    info
      .string(IFLA_INFO.SLAVE_KIND, 'bridge')
      .nested(IFLA_INFO.SLAVE_DATA, (port) => port.u8(IFLA_BRPORT_MODE, hairpin ? 1 : 0));
}

function linkLocalMode(on: boolean): (families: AttributeWriter) => void {
  const mode = on ? IN6_ADDR_GEN_MODE_EUI64 : IN6_ADDR_GEN_MODE_NONE;
  return (families) => families.nested(AF_INET6, (inet6) => inet6.u8(IFLA_INET6_ADDR_GEN_MODE, mode));
}

/** Deleting one end of a veth pair deletes the other. */
export function deleteLink(target: LinkTarget): NetlinkRequest {
  return byTarget(`delete link ${textOf(target)}`, RTM.DELLINK, target);
}

/** Undefined where there is no such link. */
export function findLink(connection: NetlinkConnection, target: LinkTarget): Link | undefined {
  const message = getLink(connection, target);
  return message === undefined ? undefined : linkFrom(message);
}

/** The index alone, without reading the rest of the answer. */
export function findLinkIndex(connection: NetlinkConnection, target: LinkTarget): number | undefined {
  return getLink(connection, target)?.body.readInt32LE(4);
}

/** @param filter.master only ports of this bridge: the kernel filters */
export function listLinks(connection: NetlinkConnection, filter: { readonly master?: number } = {}): Link[] {
  const attributes = new AttributeWriter().u32(IFLA.EXT_MASK, RTEXT_FILTER_SKIP_STATS);
  if (filter.master !== undefined) attributes.u32(IFLA.MASTER, filter.master);
  const links = connection
    .dump({
      operation: 'list links',
      type: RTM.GETLINK,
      flags: 0,
      body: Buffer.concat([ifinfomsg({}), attributes.bytes]),
    })
    .map(linkFrom);
  return filter.master === undefined ? links : links.filter((link) => link.master === filter.master);
}

function getLink(connection: NetlinkConnection, target: LinkTarget): NetlinkMessage | undefined {
  try {
    return connection.get(byTarget(`get link ${textOf(target)}`, RTM.GETLINK, target));
  } catch (error) {
    if (error instanceof NetlinkError && error.code === 'ENODEV') return undefined;
    throw error;
  }
}

function create(operation: string, head: Buffer, attributes: AttributeWriter): NetlinkRequest {
  const flags = NLM_F.CREATE | NLM_F.EXCL;
  return { operation, type: RTM.NEWLINK, flags, body: Buffer.concat([head, attributes.bytes]) };
}

function byTarget(operation: string, type: number, target: LinkTarget): NetlinkRequest {
  const attributes = new AttributeWriter().u32(IFLA.EXT_MASK, RTEXT_FILTER_SKIP_STATS);
  if ('name' in target) attributes.string(IFLA.IFNAME, target.name);
  const body = Buffer.concat([ifinfomsg({ index: indexOf(target) }), attributes.bytes]);
  return { operation, type, flags: 0, body };
}

/** struct ifinfomsg: family u8, pad u8, type u16, index i32, flags u32, change mask u32. */
function ifinfomsg(fields: { readonly index?: number; readonly up?: boolean | undefined }): Buffer {
  const bytes = Buffer.alloc(IFINFOMSG_LENGTH);
  bytes.writeInt32LE(fields.index ?? 0, 4);
  if (fields.up !== undefined) {
    bytes.writeUInt32LE(fields.up ? IFF_UP : 0, 8);
    bytes.writeUInt32LE(IFF_UP, 12);
  }
  return bytes;
}

function linkFrom(message: NetlinkMessage): Link {
  const attributes = new AttributeReader(message.body.subarray(IFINFOMSG_LENGTH));
  const mac = attributes.raw(IFLA.ADDRESS);
  return {
    index: message.body.readInt32LE(4),
    name: attributes.string(IFLA.IFNAME) ?? '',
    kind: attributes.nested(IFLA.LINKINFO)?.string(IFLA_INFO.KIND),
    mac: mac?.length === 6 ? macText(mac) : undefined,
    mtu: attributes.u32(IFLA.MTU) ?? 0,
    up: (message.body.readUInt32LE(8) & IFF_UP) !== 0,
    master: attributes.u32(IFLA.MASTER),
    alias: attributes.string(IFLA.IFALIAS),
  };
}

function indexOf(target: LinkTarget): number {
  return 'index' in target ? target.index : 0;
}

function textOf(target: LinkTarget): string {
  return 'index' in target ? `#${target.index}` : target.name;
}

const IFINFOMSG_LENGTH = 16;
const IFF_UP = 1;
const RTM = { NEWLINK: 16, DELLINK: 17, GETLINK: 18 } as const;
const IFLA = {
  ADDRESS: 1,
  IFNAME: 3,
  MTU: 4,
  MASTER: 10,
  LINKINFO: 18,
  IFALIAS: 20,
  AF_SPEC: 26,
  NET_NS_FD: 28,
  EXT_MASK: 29,
} as const;
const IFLA_INFO = { KIND: 1, DATA: 2, SLAVE_KIND: 4, SLAVE_DATA: 5 } as const;
const VETH_INFO_PEER = 1;
const IFLA_BRPORT_MODE = 4;
const AF_INET6 = 10;
const IFLA_INET6_ADDR_GEN_MODE = 8;
const IN6_ADDR_GEN_MODE_EUI64 = 0;
const IN6_ADDR_GEN_MODE_NONE = 1;
const RTEXT_FILTER_SKIP_STATS = 1 << 3;
