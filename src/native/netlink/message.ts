// Messages (struct nlmsghdr, <linux/netlink.h>): a header of 16 bytes, a body, padded to 4.
//
//   ┌────────┬──────┬───────┬──────────┬─────────┬──────┐
//   │ length │ type │ flags │ sequence │ port id │ body │
//   │  u32   │ u16  │  u16  │   u32    │   u32   │      │
//   └────────┴──────┴───────┴──────────┴─────────┴──────┘
import { align4 } from './attribute.ts';

export const NLM_F = {
  REQUEST: 0x1,
  MULTI: 0x2,
  ACK: 0x4,
  /** The dump was made while its objects changed: it must be repeated. */
  DUMP_INTR: 0x10,
  CAPPED: 0x100,
  ACK_TLVS: 0x200,
  // with requests for objects
  DUMP: 0x300,
  // with requests for new objects
  REPLACE: 0x100,
  EXCL: 0x200,
  CREATE: 0x400,
  APPEND: 0x800,
} as const;

export const NLMSG = { NOOP: 1, ERROR: 2, DONE: 3, OVERRUN: 4 } as const;

const HEADER_LENGTH = 16;

export interface NetlinkMessage {
  readonly type: number;
  readonly flags: number;
  readonly sequence: number;
  readonly body: Buffer;
}

/** One message with its padding, so that several can stand in one datagram. */
export function encodeMessage(message: NetlinkMessage): Buffer {
  const length = HEADER_LENGTH + message.body.length;
  const bytes = Buffer.alloc(align4(length));
  bytes.writeUInt32LE(length, 0);
  bytes.writeUInt16LE(message.type, 4);
  bytes.writeUInt16LE(message.flags, 6);
  bytes.writeUInt32LE(message.sequence, 8);
  bytes.set(message.body, HEADER_LENGTH);
  return bytes;
}

/** The messages of one datagram; the bodies are views of it. Bytes that are no messages are an error. */
export function decodeMessages(datagram: Buffer): NetlinkMessage[] {
  const messages: NetlinkMessage[] = [];
  for (let offset = 0; offset + HEADER_LENGTH <= datagram.length;) {
    const length = datagram.readUInt32LE(offset);
    if (length < HEADER_LENGTH || offset + length > datagram.length)
      throw new RangeError(`netlink message at byte ${offset} of ${datagram.length}: length ${length}`);
    messages.push({
      type: datagram.readUInt16LE(offset + 4),
      flags: datagram.readUInt16LE(offset + 6),
      sequence: datagram.readUInt32LE(offset + 8),
      body: datagram.subarray(offset + HEADER_LENGTH, offset + length),
    });
    offset += align4(length);
  }
  return messages;
}
