// The control socket's messages as bytes; numbers and layouts stand in c/protocol.h.
import { stageFrom } from './exit-record.ts';
import { type Frame, FrameError, encodeFrame } from './frames.ts';
import type { ControlMessage, ShimFailure } from './protocol.ts';

const MESSAGE = { created: 1, ready: 2, started: 3, failed: 4, warning: 5, done: 8 } as const;
const COMMAND_GO = 1;

export function encodeGo(): Buffer {
  return encodeFrame(COMMAND_GO);
}

/** Throws FrameError for what no monitor of this version sends. */
export function decodeControlMessage({ type, payload }: Frame): ControlMessage {
  switch (type) {
    case MESSAGE.created:
      return { type: 'created', shimPid: readU32(payload, 0), initPid: readU32(payload, 4) };
    case MESSAGE.ready:
      return { type: 'ready' };
    case MESSAGE.started:
      return { type: 'started', startedAt: readStrings(payload, 0, 1)[0] ?? '' };
    case MESSAGE.done:
      return { type: 'done' };
    case MESSAGE.failed:
      return { type: 'failed', ...readFailure(payload) };
    case MESSAGE.warning:
      return { type: 'warning', ...readFailure(payload) };
    default:
      throw new FrameError(`unknown control message ${type}`);
  }
}

/** i32 errno, string stage, string operation, string detail */
function readFailure(payload: Buffer): ShimFailure {
  const errno = readU32(payload, 0) | 0;
  const [stage = '', operation = '', detail = ''] = readStrings(payload, 4, 3);
  return { stage: stageFrom(stage), operation, errno, detail };
}

function readU32(payload: Buffer, at: number): number {
  if (payload.length < at + 4) throw new FrameError(`payload of ${payload.length} bytes is too short`);
  return payload.readUInt32LE(at);
}

/** Each u32 length, bytes, 0. */
function readStrings(payload: Buffer, start: number, count: number): string[] {
  const strings: string[] = [];
  let at = start;
  for (let i = 0; i < count; i += 1) {
    const end = at + 4 + readU32(payload, at);
    if (end >= payload.length) throw new FrameError(`payload of ${payload.length} bytes is too short`);
    strings.push(payload.toString('utf8', at + 4, end));
    at = end + 1;
  }
  return strings;
}
