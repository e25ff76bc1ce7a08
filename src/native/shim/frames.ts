// The frame that both sockets speak: u8 type, u32 payload length (little endian), payload.

const HEADER_BYTES = 5;
/** What the other side may announce at most; more means that this is not our protocol. */
const MAX_PAYLOAD_BYTES = 1 << 20;

export interface Frame {
  readonly type: number;
  readonly payload: Buffer;
}

export function encodeFrame(type: number, payload: Uint8Array = new Uint8Array()): Buffer {
  const frame = Buffer.allocUnsafe(HEADER_BYTES + payload.length);
  frame.writeUInt8(type, 0);
  frame.writeUInt32LE(payload.length, 1);
  frame.set(payload, HEADER_BYTES);
  return frame;
}

/** The other side sent what can't be a frame of ours. */
export class FrameError extends Error {
  override readonly name = 'FrameError';
}

/** Puts frames together from chunks cut anywhere. Payloads are views into the chunks where they arrive whole. */
export class FrameReader {
  #rest: Buffer = Buffer.alloc(0);

  /** Every frame that is complete with this chunk. Throws FrameError. */
  *push(chunk: Buffer): Generator<Frame, void> {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    while (this.#rest.length >= HEADER_BYTES) {
      const length = this.#rest.readUInt32LE(1);
      if (length > MAX_PAYLOAD_BYTES) throw new FrameError(`frame of ${length} bytes announced`);
      const end = HEADER_BYTES + length;
      if (this.#rest.length < end) return;
      const frame = { type: this.#rest.readUInt8(0), payload: this.#rest.subarray(HEADER_BYTES, end) };
      this.#rest = this.#rest.subarray(end);
      yield frame;
    }
  }

  /** Bytes of a frame that has not come to its end. */
  get pending(): number {
    return this.#rest.length;
  }
}
