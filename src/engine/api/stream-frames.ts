// The multiplexed stream of containers without a terminal (Docker Engine API, "Stream format" of attach):
//
//   ┌──────────┬─────────┬──────────────────┬─────────────┐
//   │ stream 1 │ 0 0 0   │ length 4, big e. │ payload …   │   stream: 0 stdin, 1 stdout, 2 stderr
//   └──────────┴─────────┴──────────────────┴─────────────┘
import type { Modem } from './engine-client.ts';

const HEADER_LENGTH = 8;
export type StreamName = 'stdout' | 'stderr';

/** One frame. */
export function encodeFrame(stream: StreamName, payload: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(HEADER_LENGTH + payload.length);
  frame.writeUInt32BE(stream === 'stdout' ? 0x0100_0000 : 0x0200_0000, 0);
  frame.writeUInt32BE(payload.length, 4);
  frame.set(payload, HEADER_LENGTH);
  return frame;
}

export interface Frame {
  readonly stream: StreamName;
  readonly payload: Buffer;
}

/** Takes chunks as they come, split anywhere, and returns the frames that are complete by then. */
export function createFrameDecoder(): (chunk: Uint8Array) => Frame[] {
  let rest = Buffer.alloc(0);
  return (chunk) => {
    rest = rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([rest, chunk]);
    const frames: Frame[] = [];
    while (rest.length >= HEADER_LENGTH) {
      const end = HEADER_LENGTH + rest.readUInt32BE(4);
      if (rest.length < end) break;
      frames.push({
        stream: rest[0] === 2 ? 'stderr' : 'stdout',
        payload: rest.subarray(HEADER_LENGTH, end),
      });
      rest = rest.subarray(end);
    }
    return frames;
  };
}

/** Takes chunks of JSON lines, split anywhere, and returns the values of the lines that are complete by then. */
export function createLineDecoder(): (chunk: Uint8Array | string) => unknown[] {
  const decoder = new TextDecoder();
  let rest = '';
  return (chunk) => {
    const lines = (
      rest + (typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true }))
    ).split('\n');
    rest = lines.pop() ?? '';
    return lines.filter((line) => line.trim() !== '').map((line): unknown => JSON.parse(line));
  };
}

/** docker-modem's two helpers, for the engine in process. */
export const modem: Modem = {
  followProgress(stream, onFinished, onProgress) {
    const decode = createLineDecoder();
    const output: unknown[] = [];
    let failure: Error | null = null;
    stream.on('data', (chunk: Buffer | string) => {
      for (const message of decode(chunk)) {
        output.push(message);
        failure ??= reportedError(message);
        onProgress?.(message);
      }
    });
    stream.on('error', (error: Error) => onFinished(error, output));
    stream.on('end', () => onFinished(failure, output));
  },
  demuxStream(stream, stdout, stderr) {
    const decode = createFrameDecoder();
    stream.on('data', (chunk: Buffer) => {
      for (const frame of decode(chunk)) (frame.stream === 'stdout' ? stdout : stderr).write(frame.payload);
    });
  },
};

function reportedError(message: unknown): Error | null {
  if (typeof message !== 'object' || message === null || !('error' in message)) return null;
  return new Error(String(message.error));
}
