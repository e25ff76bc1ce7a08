// What the engine reads from its shims: whatever comes, it is understood or refused as foreign, and nothing else happens.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeShimFrame } from '../../../src/native/shim/attach-frames.ts';
import { decodeControlMessage } from '../../../src/native/shim/control-messages.ts';
import { ExitRecordError, parseExitRecord } from '../../../src/native/shim/exit-record.ts';
import { type Frame, FrameError, FrameReader, encodeFrame } from '../../../src/native/shim/frames.ts';

const RUNS = { numRuns: 3000 };

function understoodOrRefused(read: () => unknown): void {
  try {
    read();
  } catch (error) {
    const isRefusal =
      error instanceof FrameError || error instanceof ExitRecordError || error instanceof SyntaxError;
    if (!isRefusal) throw error;
  }
}

const string = fc.string({ unit: 'binary' }).map((text) => {
  const bytes = Buffer.from(`${text}\0`);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(bytes.length - 1);
  return Buffer.concat([length, bytes]);
});
const anyBytes = fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes));
/** Of parts that messages are made of, so that many are nearly right. */
const payload = fc.array(fc.oneof(string, anyBytes), { maxLength: 5 }).map((parts) => Buffer.concat(parts));
const frame: fc.Arbitrary<Frame> = fc.record({ type: fc.integer({ min: 0, max: 10 }), payload });

test('frames of both sockets', () => {
  const decoded = new Set<string>();
  fc.assert(
    fc.property(frame, (one) => {
      for (const decode of [decodeControlMessage, decodeShimFrame])
        understoodOrRefused(() => decoded.add(decode(one).type));
    }),
    RUNS,
  );
  expect(decoded.size).toBeGreaterThan(5);
});

test('streams of anything, cut anywhere', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(anyBytes, frame), { maxLength: 6 }),
      fc.array(fc.nat(40)),
      (parts, cuts) => {
        const stream = Buffer.concat(
          parts.map((part) => ('payload' in part ? encodeFrame(part.type, part.payload) : part)),
        );
        const reader = new FrameReader();
        understoodOrRefused(() => {
          let read = 0;
          for (let at = 0, cut = 0; at < stream.length; cut += 1) {
            const end = at + Math.max(1, cuts[cut] ?? stream.length);
            for (const { payload: got } of reader.push(stream.subarray(at, end))) read += 5 + got.length;
            at = end;
          }
          // Nothing is lost and nothing invented.
          expect(read + reader.pending).toBe(stream.length);
        });
      },
    ),
    RUNS,
  );
});

const RECORD = {
  id: 'x',
  exitCode: 0,
  signal: 0,
  logDropped: 0,
  startedAt: 't',
  finishedAt: 't',
  failure: { stage: 'exec', operation: 'open', errno: 2, detail: '/' },
};

test('exit records with members of other kinds, too many, too few, and cut off', () => {
  const change = fc.tuple(fc.constantFrom(...Object.keys(RECORD)), fc.jsonValue());
  fc.assert(
    fc.property(fc.array(change, { maxLength: 3 }), fc.nat(300), (changes, length) => {
      const text = JSON.stringify({ ...RECORD, ...Object.fromEntries(changes) });
      understoodOrRefused(() => parseExitRecord(text));
      understoodOrRefused(() => parseExitRecord(text.slice(0, length)));
    }),
    RUNS,
  );
});
