/** Builds the flat little-endian format that the shim reads: integers, length-prefixed strings, counted lists. */
export class ByteWriter {
  /** Most plans fit: some 3 KB and a seccomp program of as much again. */
  #bytes = Buffer.allocUnsafe(16_384);
  #length = 0;

  u8(value: number | boolean): this {
    const at = this.#advance(1);
    this.#bytes.writeUInt8(Number(value), at);
    return this;
  }

  u16(value: number): this {
    const at = this.#advance(2);
    this.#bytes.writeUInt16LE(value, at);
    return this;
  }

  u32(value: number): this {
    const at = this.#advance(4);
    this.#bytes.writeUInt32LE(value, at);
    return this;
  }

  i32(value: number): this {
    const at = this.#advance(4);
    this.#bytes.writeInt32LE(value, at);
    return this;
  }

  u64(value: bigint): this {
    const at = this.#advance(8);
    this.#bytes.writeBigUInt64LE(value, at);
    return this;
  }

  /** u32 length, bytes. */
  bytes(value: Uint8Array): this {
    this.u32(value.length);
    const at = this.#advance(value.length);
    this.#bytes.set(value, at);
    return this;
  }

  /** u32 length, UTF-8, one 0 that the length does not count. A 0 inside is refused: C would read a shorter string. */
  string(value: string): this {
    if (value.includes('\0')) throw new RangeError(`string holds a 0 byte: ${JSON.stringify(value)}`);
    // At most three bytes a unit of UTF-16.
    this.#reserve(value.length * 3 + 5);
    const size = this.#bytes.write(value, this.#length + 4);
    this.u32(size);
    this.#length += size;
    return this.u8(0);
  }

  /** u32 count, items. */
  list<T>(items: readonly T[], write: (item: T) => unknown): this {
    this.u32(items.length);
    for (const item of items) write(item);
    return this;
  }

  strings(items: readonly string[]): this {
    return this.list(items, (item) => this.string(item));
  }

  /** Overwrites four bytes that were written before. */
  patchU32(at: number, value: number): this {
    this.#bytes.writeUInt32LE(value, at);
    return this;
  }

  get length(): number {
    return this.#length;
  }

  /** What was written; the writer must not be used afterwards. */
  finish(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  /** @returns where `size` bytes may be written; the buffer may be another afterwards */
  #advance(size: number): number {
    this.#reserve(size);
    const at = this.#length;
    this.#length += size;
    return at;
  }

  #reserve(size: number): void {
    const needed = this.#length + size;
    if (needed <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(needed, this.#bytes.length * 2));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
  }
}
