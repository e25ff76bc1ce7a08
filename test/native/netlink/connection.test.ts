import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { AttributeWriter } from '../../../src/native/netlink/attribute.ts';
import {
  NetlinkConnection,
  NetlinkError,
  type NetlinkRequest,
} from '../../../src/native/netlink/connection.ts';
import {
  NLM_F,
  NLMSG,
  decodeMessages,
  encodeMessage,
  type NetlinkMessage,
} from '../../../src/native/netlink/message.ts';
import { netlinkRecorder } from '../../support/netlink-recorder.ts';

const request = (operation: string): NetlinkRequest => ({
  operation,
  type: 16,
  flags: NLM_F.CREATE,
  body: Buffer.from(operation),
});

/** struct nlmsgerr: errno, then the request's header. */
function ack(message: NetlinkMessage, errno = 0, attributes?: AttributeWriter): Buffer {
  const body = Buffer.alloc(20);
  body.writeInt32LE(-errno, 0);
  const flags = NLM_F.CAPPED | (attributes === undefined ? 0 : NLM_F.ACK_TLVS);
  return encodeMessage({
    ...message,
    type: NLMSG.ERROR,
    flags,
    body: Buffer.concat([body, ...(attributes === undefined ? [] : [attributes.bytes])]),
  });
}

test('several requests go in one datagram, each asking for an ack', () => {
  const recorder = netlinkRecorder((message) => [ack(message)]);
  new NetlinkConnection(recorder).execute(request('one'), request('two'));
  expect(recorder.batches).toEqual([2]);
  expect(recorder.sent.map(({ flags }) => flags)).toEqual([0x405, 0x405]);
  expect(recorder.sent.map(({ sequence }) => sequence)).toEqual([1, 2]);
});

test('more requests than acks fit in the receive buffer are sent in several datagrams', () => {
  const recorder = netlinkRecorder((message) => [ack(message)]);
  new NetlinkConnection(recorder).execute(...Array.from({ length: 130 }, () => request('x')));
  expect(recorder.batches).toEqual([64, 64, 2]);
});

test('the first refusal is thrown with the words of the kernel, after all acks have come', () => {
  const text = new AttributeWriter().string(1, 'mtu less than device minimum').u32(2, 40);
  const recorder = netlinkRecorder((message) => [
    message.sequence === 2 ? ack(message, 22, text) : ack(message),
  ]);
  const connection = new NetlinkConnection(recorder);
  const attempt = () => connection.execute(request('one'), request('set link x'), request('three'));
  expect(attempt).toThrow(
    new NetlinkError('set link x', 22, { detail: 'mtu less than device minimum', offset: 40 }),
  );
  expect(() => connection.execute(request('next'))).not.toThrow();
});

/** One answer a transaction: the kernel answers when it has read its end. */
function batchAnswers(errnoOf: (sequence: number) => number | undefined) {
  const seen: NetlinkMessage[] = [];
  return netlinkRecorder((message) => {
    seen.push(message);
    if (message.type !== 0x11) return [];
    return seen.flatMap((one) => {
      const errno = errnoOf(one.sequence);
      return errno === undefined ? [] : [ack(one, errno)];
    });
  });
}

test('a transaction stands between its marks, which name the subsystem and ask for no ack', () => {
  const recorder = batchAnswers((sequence) => (sequence === 2 || sequence === 3 ? 0 : undefined));
  new NetlinkConnection(recorder).transact(10, request('one'), request('two'));
  expect(recorder.batches).toEqual([4]);
  expect(recorder.sent.map(({ type, flags }) => [type, flags])).toEqual([
    [0x10, 1],
    [16, 0x405],
    [16, 0x405],
    [0x11, 1],
  ]);
  expect(recorder.sent[0]?.body.toString('hex')).toBe('0000000a');
});

test('the first refusal of a transaction is thrown; one of the whole is answered to its first mark', () => {
  const one = batchAnswers((sequence) => ({ 2: 0, 3: 17 })[sequence]);
  expect(() => new NetlinkConnection(one).transact(10, request('one'), request('two'))).toThrow(
    new NetlinkError('two', 17),
  );
  const whole = batchAnswers((sequence) => ({ 1: 12 })[sequence]);
  expect(() => new NetlinkConnection(whole).transact(10, request('one'), request('two'))).toThrow(
    new NetlinkError('one', 12),
  );
});

test('a refusal has the code and the text that a person needs', () => {
  const error = new NetlinkError('create veth x', 17, { detail: 'name is taken' });
  expect(error.message).toBe('create veth x: file already exists (EEXIST): name is taken');
  expect(error.code).toBe('EEXIST');
});

test('a dump gathers objects until the end and passes over what answers other requests', () => {
  const recorder = netlinkRecorder((message) => [
    Buffer.concat([
      encodeMessage({ ...message, type: 16, flags: NLM_F.MULTI, body: Buffer.from('one!') }),
      encodeMessage({ ...message, sequence: 77, type: 16, flags: NLM_F.MULTI, body: Buffer.from('alien') }),
    ]),
    encodeMessage({ ...message, type: 16, flags: NLM_F.MULTI, body: Buffer.from('two!') }),
    encodeMessage({ ...message, type: NLMSG.DONE, flags: NLM_F.MULTI, body: Buffer.alloc(4) }),
  ]);
  const objects = new NetlinkConnection(recorder).dump(request('list'));
  expect(objects.map(({ body }) => body.toString())).toEqual(['one!', 'two!']);
});

test('a dump that was disturbed is asked for again', () => {
  let asked = 0;
  const recorder = netlinkRecorder((message) => {
    asked += 1;
    const flags = NLM_F.MULTI | (asked === 1 ? NLM_F.DUMP_INTR : 0);
    return [
      encodeMessage({ ...message, type: 16, flags, body: Buffer.from(`${asked}...`) }),
      encodeMessage({ ...message, type: NLMSG.DONE, flags, body: Buffer.alloc(4) }),
    ];
  });
  const objects = new NetlinkConnection(recorder).dump(request('list'));
  expect(objects.map(({ body }) => body.toString())).toEqual(['2...']);
});

test('a refusal leaves the connection usable, a conversation that broke off does not', () => {
  const refusing = new NetlinkConnection(netlinkRecorder((message) => [ack(message, 1)]));
  expect(() => refusing.get(request('one'))).toThrow(NetlinkError);
  expect(refusing.isUsable).toBe(true);
  const silent = new NetlinkConnection(netlinkRecorder(() => []));
  expect(() => silent.dump(request('one'))).toThrow('the recorder has no more answers');
  expect(silent.isUsable).toBe(false);
});

test('datagrams of any kind are decoded or refused with a RangeError', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      try {
        decodeMessages(Buffer.from(bytes));
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError);
      }
    }),
  );
});
