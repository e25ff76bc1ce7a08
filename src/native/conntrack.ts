// Tracked connections (<linux/netfilter/nfnetlink_conntrack.h>), read and deleted over NETLINK_NETFILTER.
//
//   CTA_TUPLE_ORIG, CTA_TUPLE_REPLY
//   ├── CTA_TUPLE_IP
//   │   └── CTA_IP_V4_SRC, CTA_IP_V4_DST
//   └── CTA_TUPLE_PROTO
//       └── CTA_PROTO_NUM, CTA_PROTO_SRC_PORT, CTA_PROTO_DST_PORT
import { AttributeReader, AttributeWriter } from './netlink/attribute.ts';
import { NetlinkError, type NetlinkConnection } from './netlink/connection.ts';
import type { NetlinkMessage } from './netlink/message.ts';
import { ipv4Text } from './rtnetlink/ipv4.ts';

/** A tracked UDP flow. Where it is translated, the reply's source is another than the original's destination. */
export interface UdpFlow {
  readonly destination: string;
  readonly destinationPort: number;
  readonly replySource: string;
  /** The original tuple as the kernel wrote it: the key for deleting. */
  readonly key: Buffer;
}

/** All tracked IPv4 UDP flows; the kernel has no filter for this before 5.8, so all flows are read. */
export function listUdpFlows(connection: NetlinkConnection): UdpFlow[] {
  return connection
    .dump({ operation: 'list tracked flows', type: typeOf(IPCTNL_MSG_CT_GET), flags: 0, body: HEAD })
    .flatMap(flowFrom);
}

/** Deletes flows; one that has ended meanwhile is no error. */
export function deleteFlows(connection: NetlinkConnection, flows: readonly UdpFlow[]): void {
  for (const { key, destination, destinationPort } of flows) {
    const attributes = new AttributeWriter('network').raw(CTA.TUPLE_ORIG | NLA_F_NESTED, key);
    try {
      connection.execute({
        operation: `delete tracked flow to ${destination}:${destinationPort}`,
        type: typeOf(IPCTNL_MSG_CT_DELETE),
        flags: 0,
        body: Buffer.concat([HEAD, attributes.bytes]),
      });
    } catch (error) {
      if (!(error instanceof NetlinkError) || error.code !== 'ENOENT') throw error;
    }
  }
}

function flowFrom(message: NetlinkMessage): UdpFlow[] {
  const flow = new AttributeReader(message.body.subarray(HEAD.length), 'network');
  const key = flow.raw(CTA.TUPLE_ORIG);
  const original = flow.nested(CTA.TUPLE_ORIG);
  const protocol = original?.nested(CTA_TUPLE.PROTO);
  const destination = original?.nested(CTA_TUPLE.IP)?.raw(CTA_IP_V4.DST);
  const replySource = flow.nested(CTA.TUPLE_REPLY)?.nested(CTA_TUPLE.IP)?.raw(CTA_IP_V4.SRC);
  if (key === undefined || destination === undefined || replySource === undefined) return [];
  if (protocol?.u8(CTA_PROTO.NUM) !== IPPROTO_UDP) return [];
  return [
    {
      destination: ipv4Text(destination),
      destinationPort: protocol.u16(CTA_PROTO.DST_PORT) ?? 0,
      replySource: ipv4Text(replySource),
      key,
    },
  ];
}

function typeOf(message: number): number {
  return (NFNL_SUBSYS_CTNETLINK << 8) | message;
}

/** struct nfgenmsg: family u8 (AF_INET), version u8, resource id u16. */
const HEAD = Buffer.from([2, 0, 0, 0]);
const NFNL_SUBSYS_CTNETLINK = 1;
const IPCTNL_MSG_CT_GET = 1;
const IPCTNL_MSG_CT_DELETE = 2;
const NLA_F_NESTED = 0x8000;
const IPPROTO_UDP = 17;
const CTA = { TUPLE_ORIG: 1, TUPLE_REPLY: 2 } as const;
const CTA_TUPLE = { IP: 1, PROTO: 2 } as const;
const CTA_IP_V4 = { SRC: 1, DST: 2 } as const;
const CTA_PROTO = { NUM: 1, DST_PORT: 3 } as const;
