import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeShimFrame, encodeClientFrame } from '../../../src/native/shim/attach-frames.ts';
import { decodeControlMessage, encodeGo } from '../../../src/native/shim/control-messages.ts';
import { parseExitRecord } from '../../../src/native/shim/exit-record.ts';
import { type Frame, FrameError, FrameReader, encodeFrame } from '../../../src/native/shim/frames.ts';

const frames = fc.array(
  fc.record({ type: fc.integer({ min: 0, max: 255 }), payload: fc.uint8Array({ maxLength: 300 }) }),
);

function readAll(reader: FrameReader, chunk: Buffer): Frame[] {
  return [...reader.push(chunk)].map(({ type, payload }) => ({ type, payload: Buffer.from(payload) }));
}

test('what goes in comes out, wherever the stream is cut', () => {
  fc.assert(
    fc.property(frames, fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 }), (list, cuts) => {
      const stream = Buffer.concat(list.map(({ type, payload }) => encodeFrame(type, payload)));
      const reader = new FrameReader();
      const out: Frame[] = [];
      for (let at = 0, i = 0; at < stream.length; i += 1) {
        const size = cuts[i % cuts.length] ?? 1;
        out.push(...readAll(reader, stream.subarray(at, at + size)));
        at += size;
      }
      expect(out).toEqual(list.map(({ type, payload }) => ({ type, payload: Buffer.from(payload) })));
      expect(reader.pending).toBe(0);
    }),
  );
});

test('a frame that announces more than there can be is refused at once', () => {
  const header = Buffer.from([2, 0, 0, 0, 0x7f]);
  expect(() => [...new FrameReader().push(header)]).toThrow(FrameError);
});

test('client frames are these bytes', () => {
  const wants = { stdin: true, stdout: false, stderr: true, supervisor: false, lossy: true };
  const hex = (frame: Parameters<typeof encodeClientFrame>[0]) => encodeClientFrame(frame).toString('hex');
  expect(hex({ type: 'hello', version: 1, ...wants })).toBe('01050000000100000015');
  expect(hex({ type: 'stdin', data: Buffer.from('ab') })).toBe('02020000006162');
  expect(hex({ type: 'stdinEof' })).toBe('0300000000');
  expect(hex({ type: 'resize', rows: 24, cols: 80 })).toBe('040400000018005000');
  expect(hex({ type: 'cleaned' })).toBe('0500000000');
  expect(encodeGo().toString('hex')).toBe('0100000000');
});

const frame = (type: number, hex: string): Frame => ({ type, payload: Buffer.from(hex, 'hex') });

test('frames of the shim are understood', () => {
  expect(decodeShimFrame(frame(1, '0100000003'))).toEqual({
    type: 'helloAck',
    version: 1,
    terminal: true,
    openStdin: true,
  });
  expect(decodeShimFrame(frame(2, '6162'))).toEqual({ type: 'stdout', data: Buffer.from('ab') });
  expect(decodeShimFrame(frame(4, '0001000000000000'))).toEqual({ type: 'lost', bytes: 256 });
  expect(decodeShimFrame(frame(5, '8900000009000000'))).toEqual({ type: 'exit', exitCode: 137, signal: 9 });
});

test('control messages are understood', () => {
  expect(decodeControlMessage(frame(1, '0100000002000000'))).toEqual({
    type: 'created',
    shimPid: 1,
    initPid: 2,
  });
  expect(decodeControlMessage(frame(2, ''))).toEqual({ type: 'ready' });
  expect(decodeControlMessage(frame(3, '020000005a5a00'))).toEqual({ type: 'started', startedAt: 'ZZ' });
  expect(decodeControlMessage(frame(4, '0200000004000000657865630001000000780003000000796f7500'))).toEqual({
    type: 'failed',
    errno: 2,
    stage: 'exec',
    operation: 'x',
    detail: 'you',
  });
});

test('what no shim sends is an error and nothing else', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 255 }), fc.uint8Array({ maxLength: 40 }), (type, bytes) => {
      for (const decode of [decodeShimFrame, decodeControlMessage]) {
        try {
          decode({ type, payload: Buffer.from(bytes) });
        } catch (error) {
          expect(['FrameError', 'ZodError', '$ZodError']).toContain(
            error instanceof Error ? error.name : error,
          );
        }
      }
    }),
  );
});

test('an exit record with and without a start', () => {
  const base = { id: 'a', exitCode: 0, signal: 0, logDropped: 0, finishedAt: '2026-01-01T00:00:00Z' };
  expect(parseExitRecord(JSON.stringify({ ...base, startedAt: 'x' }))).toEqual({
    ...base,
    startedAt: 'x',
    failure: undefined,
  });
  const failure = { stage: 'exec', operation: 'lookup', errno: 2, detail: 'sh' };
  expect(parseExitRecord(JSON.stringify({ ...base, failure }))).toEqual({
    ...base,
    startedAt: undefined,
    failure,
  });
  expect(() => parseExitRecord('{"id":"a"}')).toThrow(/exitCode/);
});
