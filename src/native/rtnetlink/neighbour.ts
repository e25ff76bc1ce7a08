import { AttributeWriter } from '../netlink/attribute.ts';
import type { NetlinkRequest } from '../netlink/connection.ts';
import { NLM_F } from '../netlink/message.ts';
import { ipv4Bytes, macBytes } from './ipv4.ts';

/**
 * Says which MAC address answers for an IPv4 address, in place of what was known. The entry ages and is asked for
 * again like one that was learnt (NUD_REACHABLE).
 */
export function setNeighbour(options: {
  readonly index: number;
  readonly address: string;
  readonly mac: string;
}): NetlinkRequest {
  // struct ndmsg: family u8, pad u8, pad u16, index i32, state u16, flags u8, type u8.
  const head = Buffer.from([AF_INET, 0, 0, 0, 0, 0, 0, 0, NUD_REACHABLE, 0, 0, 0]);
  head.writeInt32LE(options.index, 4);
  const attributes = new AttributeWriter()
    .raw(NDA.DST, ipv4Bytes(options.address))
    .raw(NDA.LLADDR, macBytes(options.mac));
  return {
    operation: `set neighbour ${options.address} of link #${options.index}`,
    type: RTM_NEWNEIGH,
    flags: NLM_F.CREATE | NLM_F.REPLACE,
    body: Buffer.concat([head, attributes.bytes]),
  };
}

const AF_INET = 2;
const NUD_REACHABLE = 2;
const RTM_NEWNEIGH = 28;
const NDA = { DST: 1, LLADDR: 2 } as const;
