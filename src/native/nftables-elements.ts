// What every start asks of nf_tables, as messages of the kernel's own (<linux/netfilter/nf_tables.h>): is this chain
// there, add these elements to a map, delete them. 0.1 ms, where libnftables takes 1 ms and has to be loaded first.
//
//   NFTA_SET_ELEM_LIST_TABLE, _SET
//   NFTA_SET_ELEM_LIST_ELEMENTS
//   └── NFTA_LIST_ELEM *
//       ├── NFTA_SET_ELEM_KEY  ── NFTA_DATA_VALUE
//       └── NFTA_SET_ELEM_DATA ── NFTA_DATA_VALUE
import { AttributeWriter, align4 } from './netlink/attribute.ts';
import type { NetlinkConnection, NetlinkRequest } from './netlink/connection.ts';
import { NLM_F } from './netlink/message.ts';
import { isErrno } from './syscall-error.ts';

export interface MapElement {
  readonly map: string;
  /** As the map's type has it; of a concatenated type what `concatenation` makes. */
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/** The fields of a concatenated type (`inet_proto . inet_service`) one after the other, each padded to four bytes. */
export function concatenation(...fields: readonly Uint8Array[]): Buffer {
  return Buffer.concat(fields.map((field) => Buffer.concat([field], align4(field.length))));
}

/** Whether a chain is there. */
export function hasChain(connection: NetlinkConnection, table: string, chain: string): boolean {
  const attributes = new AttributeWriter('network')
    .string(NFTA_CHAIN.TABLE, table)
    .string(NFTA_CHAIN.NAME, chain);
  try {
    connection.get({
      operation: `get chain ${table} ${chain}`,
      type: typeOf(NFT_MSG.GETCHAIN),
      flags: 0,
      body: Buffer.concat([IPV4_HEAD, attributes.bytes]),
    });
    return true;
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return false;
    throw error;
  }
}

/**
 * Adds elements to maps of an `ip` table. What is there with the same value is no error. Throws NetlinkError: ENOENT
 * where table or map is missing, EEXIST or EBUSY where an element is there with another value; then none was added.
 */
export function addElements(
  connection: NetlinkConnection,
  table: string,
  elements: readonly MapElement[],
): void {
  change(connection, elements, (map, some) => ({
    operation: `add ${some.length} elements to map ${table} ${map}`,
    type: typeOf(NFT_MSG.NEWSETELEM),
    flags: NLM_F.CREATE,
    body: elementList({ table, map }, some, (element, { key, value }) =>
      element
        .nested(NFTA_SET_ELEM.KEY, (data) => data.raw(NFTA_DATA_VALUE, key))
        .nested(NFTA_SET_ELEM.DATA, (data) => data.raw(NFTA_DATA_VALUE, value)),
    ),
  }));
}

/** Deletes them by their keys. Throws NetlinkError: ENOENT where one is gone already; then none was deleted. */
export function deleteElements(
  connection: NetlinkConnection,
  table: string,
  elements: readonly MapElement[],
): void {
  change(connection, elements, (map, some) => ({
    operation: `delete ${some.length} elements of map ${table} ${map}`,
    type: typeOf(NFT_MSG.DELSETELEM),
    flags: 0,
    body: elementList({ table, map }, some, (element, { key }) =>
      element.nested(NFTA_SET_ELEM.KEY, (data) => data.raw(NFTA_DATA_VALUE, key)),
    ),
  }));
}

/** One transaction for every thousand elements: a datagram must fit in the socket's send buffer. */
function change(
  connection: NetlinkConnection,
  elements: readonly MapElement[],
  requestFor: (map: string, some: readonly MapElement[]) => NetlinkRequest,
): void {
  for (let start = 0; start < elements.length; start += TRANSACTION_SIZE) {
    const some = elements.slice(start, start + TRANSACTION_SIZE);
    const requests = [...Map.groupBy(some, ({ map }) => map)].map(([map, own]) => requestFor(map, own));
    connection.transact(NFNL_SUBSYS_NFTABLES, ...requests);
  }
}

function elementList(
  { table, map }: { readonly table: string; readonly map: string },
  elements: readonly MapElement[],
  write: (writer: AttributeWriter, element: MapElement) => void,
): Buffer {
  const attributes = new AttributeWriter('network')
    .string(NFTA_SET_ELEM_LIST.TABLE, table)
    .string(NFTA_SET_ELEM_LIST.SET, map)
    .nested(NFTA_SET_ELEM_LIST.ELEMENTS, (list) => {
      for (const element of elements) list.nested(NFTA_LIST_ELEM, (inner) => write(inner, element));
    });
  return Buffer.concat([IPV4_HEAD, attributes.bytes]);
}

function typeOf(message: number): number {
  return (NFNL_SUBSYS_NFTABLES << 8) | message;
}

/** struct nfgenmsg: family u8 (NFPROTO_IPV4), version u8, resource id u16. */
const IPV4_HEAD = Buffer.from([2, 0, 0, 0]);
const NFNL_SUBSYS_NFTABLES = 10;
const NFT_MSG = { GETCHAIN: 4, NEWSETELEM: 12, DELSETELEM: 14 } as const;
const NFTA_CHAIN = { TABLE: 1, NAME: 3 } as const;
const NFTA_SET_ELEM_LIST = { TABLE: 1, SET: 2, ELEMENTS: 3 } as const;
const NFTA_LIST_ELEM = 1;
const NFTA_SET_ELEM = { KEY: 1, DATA: 2 } as const;
const NFTA_DATA_VALUE = 1;
const TRANSACTION_SIZE = 1000;
