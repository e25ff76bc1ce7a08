import { AttributeReader, AttributeWriter } from '../netlink/attribute.ts';
import type { NetlinkConnection, NetlinkRequest } from '../netlink/connection.ts';
import { NLM_F, type NetlinkMessage } from '../netlink/message.ts';
import { ipv4Bytes, ipv4Text } from './ipv4.ts';

/** An IPv4 address of a link. */
export interface LinkAddress {
  readonly index: number;
  readonly address: string;
  readonly prefixLength: number;
}

/** The kernel adds the route to the subnet by itself, once the link is up. */
export function addAddress(options: LinkAddress & { readonly broadcast?: string }): NetlinkRequest {
  const { index, address, prefixLength, broadcast } = options;
  const attributes = new AttributeWriter()
    .raw(IFA.LOCAL, ipv4Bytes(address))
    .raw(IFA.ADDRESS, ipv4Bytes(address));
  if (broadcast !== undefined) attributes.raw(IFA.BROADCAST, ipv4Bytes(broadcast));
  return {
    operation: `add address ${address}/${prefixLength} to link #${index}`,
    type: RTM.NEWADDR,
    flags: NLM_F.CREATE | NLM_F.EXCL,
    body: Buffer.concat([ifaddrmsg(prefixLength, index), attributes.bytes]),
  };
}

/** All IPv4 addresses of the namespace. */
export function listAddresses(connection: NetlinkConnection): LinkAddress[] {
  const request = { operation: 'list addresses', type: RTM.GETADDR, flags: 0, body: ifaddrmsg(0, 0) };
  return connection.dump(request).map(addressFrom);
}

/** struct ifaddrmsg: family u8, prefix length u8, flags u8, scope u8, index u32. */
function ifaddrmsg(prefixLength: number, index: number): Buffer {
  const bytes = Buffer.from([AF_INET, prefixLength, 0, 0, 0, 0, 0, 0]);
  bytes.writeUInt32LE(index, 4);
  return bytes;
}

function addressFrom(message: NetlinkMessage): LinkAddress {
  const attributes = new AttributeReader(message.body.subarray(8));
  const address = attributes.raw(IFA.LOCAL) ?? attributes.raw(IFA.ADDRESS) ?? Buffer.alloc(4);
  return {
    index: message.body.readUInt32LE(4),
    address: ipv4Text(address),
    prefixLength: message.body.readUInt8(1),
  };
}

const AF_INET = 2;
const RTM = { NEWADDR: 20, GETADDR: 22 } as const;
const IFA = { ADDRESS: 1, LOCAL: 2, BROADCAST: 4 } as const;
