// Queueing disciplines (rtnetlink(7), <linux/pkt_sched.h>): here the token bucket filter, tc-tbf(8), which lets a link
// send at a rate and no faster.
import { AttributeReader, AttributeWriter } from '../netlink/attribute.ts';
import type { NetlinkConnection, NetlinkRequest } from '../netlink/connection.ts';
import { NLM_F, type NetlinkMessage } from '../netlink/message.ts';

export interface TokenBucket {
  /** What leaves the link, link headers included. */
  readonly bytesPerSecond: number;
  /** What may leave at once after a pause; no packet that is larger can pass. */
  readonly burstBytes: number;
  /** What may wait; the rest is dropped. */
  readonly limitBytes: number;
}

/**
 * A link's root discipline: made, or changed in place where there is one already, or put in place of another kind.
 *
 *   TCA_KIND "tbf"
 *   TCA_OPTIONS
 *   ├── TCA_TBF_PARMS    struct tc_tbf_qopt: rate, peak rate (none), limit, buffer in ticks, mtu
 *   ├── TCA_TBF_BURST    the bucket in bytes, so that the ticks' rounding does not count (Linux 3.13)
 *   └── TCA_TBF_RATE64   only where 32 bits do not hold the rate
 *
 * tc(8) sends a rate table as well. The kernel has calculated for itself since 3.8 and looks at the table only to
 * guess the link layer, which we name.
 */
export function setTokenBucket(index: number, bucket: TokenBucket): NetlinkRequest {
  const { bytesPerSecond, burstBytes } = bucket;
  const options = (inner: AttributeWriter): void => {
    inner.raw(TCA_TBF.PARMS, tbfQopt(bucket));
    inner.u32(TCA_TBF.BURST, burstBytes);
    if (bytesPerSecond >= U32) inner.raw(TCA_TBF.RATE64, u64(bytesPerSecond));
  };
  const attributes = new AttributeWriter().string(TCA.KIND, 'tbf').nested(TCA.OPTIONS, options);
  return {
    operation: `set token bucket filter (sch_tbf) of link #${index}`,
    type: RTM.NEWQDISC,
    flags: NLM_F.CREATE | NLM_F.REPLACE,
    body: Buffer.concat([tcmsg(index, TC_H_ROOT), attributes.bytes]),
  };
}

/** Gives the link its default discipline back. Throws ENOENT where it has that. */
export function deleteRootQdisc(index: number): NetlinkRequest {
  return {
    operation: `delete queueing discipline of link #${index}`,
    type: RTM.DELQDISC,
    flags: 0,
    body: tcmsg(index, TC_H_ROOT),
  };
}

export interface Qdisc {
  /** Of its link. */
  readonly index: number;
  /** `tbf`, `noqueue` … */
  readonly kind: string;
  readonly isRoot: boolean;
  /** Of a token bucket filter; its burst is not told by the kernel in bytes. */
  readonly bytesPerSecond: number | undefined;
  readonly limitBytes: number | undefined;
}

export function listQdiscs(connection: NetlinkConnection): Qdisc[] {
  return connection
    .dump({ operation: 'list queueing disciplines', type: RTM.GETQDISC, flags: 0, body: tcmsg(0, 0) })
    .map(qdiscFrom);
}

function qdiscFrom({ body }: NetlinkMessage): Qdisc {
  const attributes = new AttributeReader(body.subarray(TCMSG_LENGTH));
  const kind = attributes.string(TCA.KIND) ?? '';
  const options = kind === 'tbf' ? attributes.nested(TCA.OPTIONS) : undefined;
  const parameters = options?.raw(TCA_TBF.PARMS);
  const rate64 = options?.raw(TCA_TBF.RATE64)?.readBigUInt64LE(0);
  return {
    index: body.readInt32LE(4),
    kind,
    isRoot: body.readUInt32LE(12) === TC_H_ROOT,
    bytesPerSecond: rate64 === undefined ? parameters?.readUInt32LE(RATE_OFFSET) : Number(rate64),
    limitBytes: parameters?.readUInt32LE(LIMIT_OFFSET),
  };
}

/** struct tcmsg: family u8, pad u8, pad u16, index i32, handle u32, parent u32, info u32. Handle 0: the kernel chooses. */
function tcmsg(index: number, parent: number): Buffer {
  const bytes = Buffer.alloc(TCMSG_LENGTH);
  bytes.writeInt32LE(index, 4);
  bytes.writeUInt32LE(parent, 12);
  return bytes;
}

/** struct tc_tbf_qopt: two of struct tc_ratespec, then limit, buffer and mtu, u32 each. */
function tbfQopt({ bytesPerSecond, burstBytes, limitBytes }: TokenBucket): Buffer {
  const bytes = Buffer.alloc(36);
  // struct tc_ratespec: cell_log u8, linklayer u8, overhead u16, cell_align i16, mpu u16, rate u32.
  bytes.writeUInt8(TC_LINKLAYER_ETHERNET, 1);
  bytes.writeUInt32LE(Math.min(bytesPerSecond, U32 - 1), RATE_OFFSET);
  bytes.writeUInt32LE(limitBytes, LIMIT_OFFSET);
  const ticks = Math.ceil((burstBytes * 1e9) / bytesPerSecond / TICK_NS);
  bytes.writeUInt32LE(Math.min(ticks, U32 - 1), 28);
  return bytes;
}

function u64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

const U32 = 2 ** 32;
/** PSCHED_SHIFT, <net/pkt_sched.h>. */
const TICK_NS = 64;
const TCMSG_LENGTH = 20;
const RATE_OFFSET = 8;
const LIMIT_OFFSET = 24;
const TC_H_ROOT = 0xffff_ffff;
const TC_LINKLAYER_ETHERNET = 1;
const RTM = { NEWQDISC: 36, DELQDISC: 37, GETQDISC: 38 } as const;
const TCA = { KIND: 1, OPTIONS: 2 } as const;
const TCA_TBF = { PARMS: 1, RATE64: 4, BURST: 6 } as const;
