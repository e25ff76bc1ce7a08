// A conversation with the kernel over netlink.
//
//   request ──▶            one datagram, one or more messages
//           ◀── object     only where the request asks for one
//           ◀── ack        NLMSG_ERROR with errno 0, or with an errno and a text
//   dump    ──▶
//           ◀── object*    NLM_F_MULTI
//           ◀── DONE
//
// A connection belongs to the network namespace that its socket was opened in. It is synchronous: the kernel
// answers within the call, in microseconds. It knows no links and no rules.
import { errnoCode, errnoText } from '../syscall-error.ts';
import { AttributeReader } from './attribute.ts';
import { NLM_F, NLMSG, decodeMessages, encodeMessage, type NetlinkMessage } from './message.ts';
import type { NetlinkTransport } from './transport.ts';

export interface NetlinkRequest {
  /** What is tried, on what, for the error text: `create veth gv1234`. */
  readonly operation: string;
  readonly type: number;
  /** Beside NLM_F.REQUEST, which is always set. */
  readonly flags: number;
  readonly body: Buffer;
}

/** The kernel refused a request. `code` is spelled as in node:fs errors. */
export class NetlinkError extends Error {
  override readonly name = 'NetlinkError';
  readonly operation: string;
  readonly errno: number;
  readonly code: string;
  /** The kernel's own words (extended ack), where it had any. */
  readonly detail: string | undefined;
  /** Byte of the request (header included) that the kernel blames. */
  readonly offset: number | undefined;

  constructor(
    operation: string,
    errno: number,
    blame: { detail?: string | undefined; offset?: number | undefined } = {},
  ) {
    const said = blame.detail === undefined ? '' : `: ${blame.detail}`;
    super(`${operation}: ${errnoText(errno)} (${errnoCode(errno)})${said}`);
    this.operation = operation;
    this.errno = errno;
    this.code = errnoCode(errno);
    this.detail = blame.detail;
    this.offset = blame.offset;
  }
}

export class NetlinkConnection implements Disposable {
  readonly #transport: NetlinkTransport;
  #sequence = 0;
  #isSettled = true;

  constructor(transport: NetlinkTransport) {
    this.#transport = transport;
  }

  /**
   * False after a conversation was broken off by anything but a refusal (a failed receive, a bug): answers that
   * nobody has read may wait in the socket, and the kernel may hold an unfinished dump. Open another then.
   */
  get isUsable(): boolean {
    return this.#isSettled;
  }

  /**
   * Sends requests in one datagram and waits for every ack. All are tried, in order, whatever becomes of those
   * before them; the first refusal is thrown.
   */
  execute(...requests: readonly NetlinkRequest[]): void {
    for (let start = 0; start < requests.length; start += BATCH_SIZE) {
      const batch = requests.slice(start, start + BATCH_SIZE);
      const refusal = this.#settle(() => this.#acks(batch)).find((error) => error !== undefined);
      if (refusal !== undefined) throw refusal;
    }
  }

  /**
   * Carries requests out as one transaction of a netfilter subsystem (nfnetlink batch, <linux/netfilter/nfnetlink.h>):
   * all of them, or none where one is refused. The first refusal is thrown.
   */
  transact(subsystem: number, ...requests: readonly NetlinkRequest[]): void {
    const refusal = this.#settle(() => {
      const begin = this.#encode([batchMark(NFNL_MSG_BATCH_BEGIN, subsystem)], 0);
      const inner = this.#encode(requests, NLM_F.ACK);
      const end = this.#encode([batchMark(NFNL_MSG_BATCH_END, subsystem)], 0);
      this.#transport.send(Buffer.concat([begin.datagram, inner.datagram, end.datagram]));
      return this.#readBatch(requests, inner.sequences, begin.sequences[0]);
    });
    if (refusal !== undefined) throw refusal;
  }

  /**
   * The same, in one datagram, with the work done on another thread while the event loop goes on: making a link takes
   * 1 ms, deleting one waits for grace periods of the kernel, 10–50 ms. The connection must serve nothing else meanwhile.
   */
  async executeInBackground(...requests: readonly NetlinkRequest[]): Promise<void> {
    const { datagram, sequences } = this.#encode(requests, NLM_F.ACK);
    await this.#transport.sendInBackground(datagram);
    const refusal = this.#readAcks(requests, sequences).find((error) => error !== undefined);
    if (refusal !== undefined) throw refusal;
  }

  /** Asks for one object. */
  get(request: NetlinkRequest): NetlinkMessage {
    return this.#settle(() => this.#getOnce(request));
  }

  /** Asks for all objects; starts again, a bounded number of times, when they change under the dump. */
  dump(request: NetlinkRequest): NetlinkMessage[] {
    for (let attempt = 1; attempt <= DUMP_ATTEMPTS; attempt += 1) {
      const messages = this.#settle(() => this.#dumpOnce(request));
      if (messages.every((message) => (message.flags & NLM_F.DUMP_INTR) === 0)) return messages;
    }
    throw new Error(`${request.operation}: changed under each of ${DUMP_ATTEMPTS} attempts to list it`);
  }

  [Symbol.dispose](): void {
    this.#transport[Symbol.dispose]();
  }

  /** Remembers whether a conversation came to its end. */
  #settle<T>(conversation: () => T): T {
    this.#isSettled = false;
    try {
      const result = conversation();
      this.#isSettled = true;
      return result;
    } catch (error) {
      this.#isSettled = error instanceof NetlinkError;
      throw error;
    }
  }

  #send(requests: readonly NetlinkRequest[], flags: number): number[] {
    const { datagram, sequences } = this.#encode(requests, flags);
    this.#transport.send(datagram);
    return sequences;
  }

  #encode(requests: readonly NetlinkRequest[], flags: number): { datagram: Buffer; sequences: number[] } {
    const sequences: number[] = [];
    const messages = requests.map((request) => {
      this.#sequence = (this.#sequence + 1) >>> 0;
      sequences.push(this.#sequence);
      return encodeMessage({
        type: request.type,
        flags: request.flags | flags | NLM_F.REQUEST,
        sequence: this.#sequence,
        body: request.body,
      });
    });
    return { datagram: Buffer.concat(messages), sequences };
  }

  #receive(): NetlinkMessage[] {
    return decodeMessages(this.#transport.receive());
  }

  #getOnce(request: NetlinkRequest): NetlinkMessage {
    const [sequence] = this.#send([request], NLM_F.ACK);
    let found: NetlinkMessage | undefined;
    for (;;) {
      for (const message of this.#receive()) {
        if (message.sequence !== sequence) continue;
        if (message.type !== NLMSG.ERROR) {
          found = { ...message, body: Buffer.from(message.body) };
          continue;
        }
        const refusal = refusalFrom(message, request.operation);
        if (refusal !== undefined) throw refusal;
        if (found === undefined) throw new Error(`${request.operation}: an ack without an object`);
        return found;
      }
    }
  }

  #acks(requests: readonly NetlinkRequest[]): (NetlinkError | undefined)[] {
    return this.#readAcks(requests, this.#send(requests, NLM_F.ACK));
  }

  #readAcks(requests: readonly NetlinkRequest[], sequences: readonly number[]): (NetlinkError | undefined)[] {
    const outcomes = new Map<number, NetlinkError | undefined>();
    while (outcomes.size < requests.length) {
      for (const message of this.#receive()) {
        const index = sequences.indexOf(message.sequence);
        const request = requests[index];
        if (request !== undefined && message.type === NLMSG.ERROR)
          outcomes.set(index, refusalFrom(message, request.operation));
      }
    }
    return requests.map((_, index) => outcomes.get(index));
  }

  /** KERNEL: what fails in the batch as a whole (no memory, a failed commit) is answered to its first message alone. */
  #readBatch(
    requests: readonly NetlinkRequest[],
    sequences: readonly number[],
    begin: number | undefined,
  ): NetlinkError | undefined {
    const outcomes = new Map<number, NetlinkError | undefined>();
    while (outcomes.size < requests.length) {
      for (const message of this.#receive()) {
        if (message.type !== NLMSG.ERROR) continue;
        const [first] = requests;
        if (message.sequence === begin && first !== undefined) return refusalFrom(message, first.operation);
        const index = sequences.indexOf(message.sequence);
        const request = requests[index];
        if (request !== undefined) outcomes.set(index, refusalFrom(message, request.operation));
      }
    }
    return requests.map((_, index) => outcomes.get(index)).find((refusal) => refusal !== undefined);
  }

  #dumpOnce(request: NetlinkRequest): NetlinkMessage[] {
    const [sequence] = this.#send([request], NLM_F.DUMP);
    const objects: NetlinkMessage[] = [];
    for (;;) {
      // The transport's buffer is used again, so what is kept must be a copy: one for the whole datagram.
      for (const message of decodeMessages(Buffer.from(this.#transport.receive()))) {
        if (message.sequence !== sequence) continue;
        if (message.type === NLMSG.DONE) return objects;
        if (message.type !== NLMSG.ERROR) objects.push(message);
        else
          throw refusalFrom(message, request.operation) ?? new Error(`${request.operation}: ack of a dump`);
      }
    }
  }
}

/** struct nfgenmsg: family u8 (AF_UNSPEC), version u8, resource id u16 in network order: the subsystem. */
function batchMark(type: number, subsystem: number): NetlinkRequest {
  return { operation: 'transaction', type, flags: 0, body: Buffer.from([0, 0, 0, subsystem]) };
}

const NFNL_MSG_BATCH_BEGIN = 0x10;
const NFNL_MSG_BATCH_END = 0x11;
/** Requests a datagram: the acks of one batch must fit in the socket's receive buffer (212,992 bytes by default). */
const BATCH_SIZE = 64;
const DUMP_ATTEMPTS = 8;

/** struct nlmsgerr is an int and the header of the request; with NLM_F_ACK_TLVS attributes follow. */
function refusalFrom(message: NetlinkMessage, operation: string): NetlinkError | undefined {
  const errno = -message.body.readInt32LE(0);
  if (errno === 0) return undefined;
  if ((message.flags & NLM_F.ACK_TLVS) === 0) return new NetlinkError(operation, errno);
  // KERNEL: without NLM_F_CAPPED the whole request is quoted before the attributes.
  const quoted = (message.flags & NLM_F.CAPPED) === 0 ? message.body.readUInt32LE(4) : 16;
  const attributes = new AttributeReader(message.body.subarray(4 + quoted));
  return new NetlinkError(operation, errno, {
    detail: attributes.string(NLMSGERR_ATTR.MSG),
    offset: attributes.u32(NLMSGERR_ATTR.OFFS),
  });
}

const NLMSGERR_ATTR = { MSG: 1, OFFS: 2 } as const;
