import { AttributeReader, AttributeWriter } from '../netlink/attribute.ts';
import type { NetlinkConnection, NetlinkRequest } from '../netlink/connection.ts';
import { NLM_F, type NetlinkMessage } from '../netlink/message.ts';
import { ipv4Bytes, ipv4Text } from './ipv4.ts';

/** An IPv4 unicast route of the main table. */
export interface Route {
  /** `0.0.0.0` with prefix length 0 is the default route. */
  readonly destination: string;
  readonly prefixLength: number;
  readonly gateway: string | undefined;
  /** Index of the link that it goes out by. */
  readonly index: number | undefined;
}

export function addRoute(route: Route): NetlinkRequest {
  const { destination, prefixLength, gateway, index } = route;
  const attributes = new AttributeWriter();
  if (prefixLength > 0) attributes.raw(RTA.DST, ipv4Bytes(destination));
  if (gateway !== undefined) attributes.raw(RTA.GATEWAY, ipv4Bytes(gateway));
  if (index !== undefined) attributes.u32(RTA.OIF, index);
  const scope = gateway === undefined ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE;
  return {
    operation: `add route ${destination}/${prefixLength}`,
    type: RTM.NEWROUTE,
    flags: NLM_F.CREATE | NLM_F.EXCL,
    body: Buffer.concat([
      rtmsg({ prefixLength, protocol: RTPROT_BOOT, scope, type: RTN_UNICAST }),
      attributes.bytes,
    ]),
  };
}

export function listRoutes(connection: NetlinkConnection): Route[] {
  return connection
    .dump({
      operation: 'list routes',
      type: RTM.GETROUTE,
      flags: 0,
      body: rtmsg({ prefixLength: 0, protocol: 0, scope: 0, type: 0 }),
    })
    .filter((message) => message.body[4] === RT_TABLE_MAIN && message.body[7] === RTN_UNICAST)
    .map(routeFrom);
}

/** struct rtmsg: family, dst_len, src_len, tos, table, protocol, scope, type (u8 each), flags u32. */
function rtmsg(fields: { prefixLength: number; protocol: number; scope: number; type: number }): Buffer {
  const { prefixLength, protocol, scope, type } = fields;
  return Buffer.from([AF_INET, prefixLength, 0, 0, RT_TABLE_MAIN, protocol, scope, type, 0, 0, 0, 0]);
}

function routeFrom(message: NetlinkMessage): Route {
  const attributes = new AttributeReader(message.body.subarray(12));
  const destination = attributes.raw(RTA.DST);
  const gateway = attributes.raw(RTA.GATEWAY);
  return {
    destination: destination === undefined ? '0.0.0.0' : ipv4Text(destination),
    prefixLength: message.body.readUInt8(1),
    gateway: gateway === undefined ? undefined : ipv4Text(gateway),
    index: attributes.u32(RTA.OIF),
  };
}

const AF_INET = 2;
const RT_TABLE_MAIN = 254;
const RT_SCOPE_UNIVERSE = 0;
const RT_SCOPE_LINK = 253;
const RTN_UNICAST = 1;
const RTPROT_BOOT = 3;
const RTM = { NEWROUTE: 24, GETROUTE: 26 } as const;
const RTA = { DST: 1, OIF: 4, GATEWAY: 5 } as const;
