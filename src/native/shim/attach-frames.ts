// The frames of attach.sock as bytes; numbers and layouts stand in c/protocol.h.
import { type Frame, FrameError, encodeFrame } from './frames.ts';
import { type AttachWants, type ClientFrame, SHIM_PROTOCOL_VERSION, type ShimFrame } from './protocol.ts';

const CLIENT = { hello: 1, stdin: 2, stdinEof: 3, resize: 4, cleaned: 5 } as const;
const SHIM = { helloAck: 1, stdout: 2, stderr: 3, lost: 4, exit: 5 } as const;
const WANTS = { stdin: 1, stdout: 2, stderr: 4, supervisor: 8, lossy: 16 } as const;
const ACK_TERMINAL = 1;
const ACK_OPEN_STDIN = 2;

export function encodeClientFrame(frame: ClientFrame): Buffer {
  switch (frame.type) {
    case 'hello':
      return encodeFrame(CLIENT.hello, helloPayload(frame));
    case 'stdin':
      return encodeFrame(CLIENT.stdin, frame.data);
    case 'resize':
      return encodeFrame(CLIENT.resize, resizePayload(frame.rows, frame.cols));
    case 'stdinEof':
    case 'cleaned':
      return encodeFrame(CLIENT[frame.type]);
  }
}

function helloPayload(wants: AttachWants): Buffer {
  const payload = Buffer.alloc(5);
  payload.writeUInt32LE(SHIM_PROTOCOL_VERSION, 0);
  let bits = 0;
  if (wants.stdin) bits |= WANTS.stdin;
  if (wants.stdout) bits |= WANTS.stdout;
  if (wants.stderr) bits |= WANTS.stderr;
  if (wants.supervisor) bits |= WANTS.supervisor;
  if (wants.lossy) bits |= WANTS.lossy;
  payload.writeUInt8(bits, 4);
  return payload;
}

function resizePayload(rows: number, cols: number): Buffer {
  const payload = Buffer.alloc(4);
  payload.writeUInt16LE(rows, 0);
  payload.writeUInt16LE(cols, 2);
  return payload;
}

/** Throws FrameError for what no shim of this version sends. */
export function decodeShimFrame({ type, payload }: Frame): ShimFrame {
  switch (type) {
    case SHIM.stdout:
      return { type: 'stdout', data: payload };
    case SHIM.stderr:
      return { type: 'stderr', data: payload };
    case SHIM.helloAck:
      return helloAck(sized(payload, 5));
    case SHIM.lost:
      return { type: 'lost', bytes: Number(sized(payload, 8).readBigUInt64LE(0)) };
    case SHIM.exit:
      return exit(sized(payload, 8));
    default:
      throw new FrameError(`unknown frame ${type} from the shim`);
  }
}

function helloAck(payload: Buffer): ShimFrame {
  const flags = payload.readUInt8(4);
  return {
    type: 'helloAck',
    version: payload.readUInt32LE(0),
    terminal: (flags & ACK_TERMINAL) !== 0,
    openStdin: (flags & ACK_OPEN_STDIN) !== 0,
  };
}

function exit(payload: Buffer): ShimFrame {
  return { type: 'exit', exitCode: payload.readUInt32LE(0), signal: payload.readUInt32LE(4) };
}

function sized(payload: Buffer, length: number): Buffer {
  if (payload.length < length) throw new FrameError(`payload of ${payload.length} bytes is too short`);
  return payload;
}
