// A zstd stream may be several frames, with skippable ones between them (RFC 8878, section 3): parallel compressors
// and zstd:chunked layers are. Node's decoder takes the end of a frame for the end of all, unless the next frame
// comes in a write of its own; so this cuts the stream at the ends of frames, and leaves skippable ones out.
//
//   frame:      magic 4 │ descriptor 1 │ window 0-1 │ dictionary 0-4 │ content size 0-8 │ blocks … │ checksum 0-4
//   block:      header 3 (last 1 bit, type 2 bits, size 21 bits) │ data
//   skippable:  magic 4 (0x184D2A5?) │ size 4 │ data
import { Transform } from 'node:stream';

const MAGIC = 0xfd2f_b528;
const SKIPPABLE_MAGIC = 0x184d_2a50;
const RLE_BLOCK = 1;
const DICTIONARY_SIZES = [0, 1, 2, 4];
const CONTENT_SIZES = [0, 2, 4, 8];

/** What the next bytes are; `data` and `skipped` count down, the others are gathered whole. */
type Part =
  | 'magic'
  | 'descriptor'
  | 'frame header'
  | 'block header'
  | 'data'
  | 'checksum'
  | 'skipped size'
  | 'skipped';

export function zstdFrames(): Transform {
  const splitter = new Splitter();
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      try {
        for (const piece of splitter.split(chunk)) this.push(piece);
        done();
      } catch (error) {
        done(error instanceof Error ? error : new Error(String(error)));
      }
    },
  });
}

class Splitter {
  #part: Part = 'magic';
  #left = 4;
  #held: number[] = [];
  #hasChecksum = false;
  #isLastBlock = false;

  /** The bytes of frames, in pieces that never cross from one frame into the next. */
  split(chunk: Buffer): Buffer[] {
    const pieces: Buffer[] = [];
    let start: number | undefined;
    let at = 0;
    while (at < chunk.length) {
      const part = this.#part;
      const count = Math.min(this.#left, chunk.length - at);
      const bytes = chunk.subarray(at, at + count);
      if (part !== 'data' && part !== 'skipped') this.#held.push(...bytes);
      // Only when a magic is whole does it tell whether it goes on.
      const goesOn = part !== 'magic' && part !== 'skipped size' && part !== 'skipped';
      if (goesOn) start ??= at;
      at += count;
      this.#left -= count;
      if (this.#left > 0) break;
      pieces.push(...this.#finishPart());
      if (start !== undefined && this.#part === 'magic') {
        pieces.push(chunk.subarray(start, at));
        start = undefined;
      }
    }
    if (start !== undefined) pieces.push(chunk.subarray(start));
    return pieces;
  }

  /** @returns the magic of a frame that begins */
  #finishPart(): Buffer[] {
    const held = Buffer.from(this.#held);
    const wasMagic = this.#part === 'magic';
    this.#next();
    return wasMagic && this.#part === 'descriptor' ? [held] : [];
  }

  #next(): void {
    const bytes = Buffer.from(this.#held);
    this.#held = [];
    this.#advance(bytes);
    // Parts of no length are over at once.
    if (this.#left === 0) this.#next();
  }

  #advance(bytes: Buffer): void {
    switch (this.#part) {
      case 'magic':
        return this.#magic(bytes.readUInt32LE(0));
      case 'descriptor':
        return this.#descriptor(bytes.readUInt8(0));
      case 'frame header':
        return this.#expect('block header', 3);
      case 'block header':
        return this.#block(bytes.readUIntLE(0, 3));
      case 'data':
        if (!this.#isLastBlock) return this.#expect('block header', 3);
        return this.#expect('checksum', this.#hasChecksum ? 4 : 0);
      case 'skipped size':
        return this.#expect('skipped', bytes.readUInt32LE(0));
      case 'checksum':
      case 'skipped':
        return this.#expect('magic', 4);
    }
  }

  #expect(part: Part, length: number): void {
    this.#part = part;
    this.#left = length;
  }

  #magic(magic: number): void {
    if (magic === MAGIC) this.#expect('descriptor', 1);
    else if ((magic & 0xffff_fff0) >>> 0 === SKIPPABLE_MAGIC) this.#expect('skipped size', 4);
    else throw new Error('invalid zstd data: no frame where one must begin');
  }

  #descriptor(flags: number): void {
    const isSingleSegment = (flags & 0x20) !== 0;
    this.#hasChecksum = (flags & 0x04) !== 0;
    const contentSize = CONTENT_SIZES[flags >> 6] ?? 0;
    const shortContentSize = isSingleSegment && contentSize === 0 ? 1 : contentSize;
    this.#expect(
      'frame header',
      (isSingleSegment ? 0 : 1) + (DICTIONARY_SIZES[flags & 3] ?? 0) + shortContentSize,
    );
  }

  #block(header: number): void {
    this.#isLastBlock = (header & 1) === 1;
    const isRle = ((header >> 1) & 3) === RLE_BLOCK;
    this.#expect('data', isRle ? 1 : header >> 3);
  }
}
