import { decodeMessages, type NetlinkMessage } from '../../src/native/netlink/message.ts';
import type { NetlinkTransport } from '../../src/native/netlink/transport.ts';

export interface NetlinkRecorder extends NetlinkTransport {
  readonly sent: readonly NetlinkMessage[];
  /** Datagrams sent, each with the number of its messages. */
  readonly batches: readonly number[];
}

/** Stands for the kernel: records what is sent and answers with what `answer` makes of each message. */
export function netlinkRecorder(answer: (message: NetlinkMessage) => Buffer[]): NetlinkRecorder {
  const sent: NetlinkMessage[] = [];
  const batches: number[] = [];
  const answers: Buffer[] = [];
  const send = (datagram: Uint8Array): void => {
    const messages = decodeMessages(Buffer.from(datagram));
    sent.push(...messages);
    batches.push(messages.length);
    answers.push(...messages.flatMap(answer));
  };
  return {
    sent,
    batches,
    send,
    sendInBackground: async (datagram) => send(datagram),
    receive() {
      const next = answers.shift();
      if (next === undefined) throw new Error('the recorder has no more answers');
      return next;
    },
    [Symbol.dispose]: () => undefined,
  };
}
