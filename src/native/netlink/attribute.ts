// Attributes (struct nlattr, <linux/netlink.h>): length and type in 16 bits each, then the value, padded to 4.
//
//   ┌────────┬────────┬───────────────┬─────┐
//   │ length │ type   │ value         │ pad │   length counts itself, type and value, not the pad
//   └────────┴────────┴───────────────┴─────┘
//
// Headers are always in host order (little endian on x86_64 and arm64). Integers in values are in host order for
// rtnetlink and in network order for nf_tables: a property of writer and reader, not of the single call.

export type ByteOrder = 'host' | 'network';

const HEADER_LENGTH = 4;
/** NLA_F_NESTED: required by newer strict parsers, ignored by older ones. */
const NESTED = 0x8000;
/** NLA_TYPE_MASK: without the nested and byte order flags. */
const TYPE_MASK = 0x3fff;

export function align4(length: number): number {
  return (length + 3) & ~3;
}

/** Collects attributes; `bytes` is what they make together. */
export class AttributeWriter {
  readonly #parts: Buffer[] = [];
  readonly #order: ByteOrder;

  constructor(order: ByteOrder = 'host') {
    this.#order = order;
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#parts);
  }

  raw(type: number, value: Uint8Array): this {
    const length = HEADER_LENGTH + value.length;
    if (length > 0xffff) throw new RangeError(`netlink attribute ${type}: ${value.length} bytes do not fit`);
    const part = Buffer.alloc(align4(length));
    part.writeUInt16LE(length, 0);
    part.writeUInt16LE(type, 2);
    part.set(value, HEADER_LENGTH);
    this.#parts.push(part);
    return this;
  }

  /** An attribute that says something by being there. */
  flag(type: number): this {
    return this.raw(type, new Uint8Array());
  }

  u8(type: number, value: number): this {
    return this.raw(type, Uint8Array.of(value));
  }

  u16(type: number, value: number): this {
    const bytes = Buffer.alloc(2);
    if (this.#order === 'host') bytes.writeUInt16LE(value);
    else bytes.writeUInt16BE(value);
    return this.raw(type, bytes);
  }

  u32(type: number, value: number): this {
    const bytes = Buffer.alloc(4);
    if (this.#order === 'host') bytes.writeUInt32LE(value);
    else bytes.writeUInt32BE(value);
    return this.raw(type, bytes);
  }

  /** With the closing zero that most kernel policies (NLA_NUL_STRING) want. */
  string(type: number, value: string): this {
    return this.raw(type, Buffer.from(`${value}\0`, 'utf8'));
  }

  /** @param head a fixed structure in front of the inner attributes, as VETH_INFO_PEER has */
  nested(type: number, build: (inner: AttributeWriter) => void, head: Uint8Array = new Uint8Array()): this {
    const inner = new AttributeWriter(this.#order);
    build(inner);
    return this.raw(type | NESTED, Buffer.concat([head, inner.bytes]));
  }
}

/**
 * Reads attributes by type; of repeated ones the first counts. It searches at each question, since a link has some
 * sixty attributes of which three are asked for. Bytes that are no attributes are an error when they are met.
 */
export class AttributeReader {
  readonly #bytes: Buffer;
  readonly #order: ByteOrder;

  constructor(bytes: Buffer, order: ByteOrder = 'host') {
    this.#bytes = bytes;
    this.#order = order;
  }

  has(type: number): boolean {
    return this.raw(type) !== undefined;
  }

  raw(type: number): Buffer | undefined {
    const bytes = this.#bytes;
    for (let offset = 0; offset + HEADER_LENGTH <= bytes.length;) {
      const length = bytes.readUInt16LE(offset);
      if (length < HEADER_LENGTH || offset + length > bytes.length)
        throw new RangeError(`netlink attribute at byte ${offset} of ${bytes.length}: length ${length}`);
      if ((bytes.readUInt16LE(offset + 2) & TYPE_MASK) === type)
        return bytes.subarray(offset + HEADER_LENGTH, offset + length);
      offset += align4(length);
    }
    return undefined;
  }

  u8(type: number): number | undefined {
    return this.#sized(type, 1)?.readUInt8();
  }

  u16(type: number): number | undefined {
    const bytes = this.#sized(type, 2);
    return this.#order === 'host' ? bytes?.readUInt16LE() : bytes?.readUInt16BE();
  }

  u32(type: number): number | undefined {
    const bytes = this.#sized(type, 4);
    return this.#order === 'host' ? bytes?.readUInt32LE() : bytes?.readUInt32BE();
  }

  string(type: number): string | undefined {
    const bytes = this.raw(type);
    if (bytes === undefined) return undefined;
    const end = bytes.indexOf(0);
    return bytes.toString('utf8', 0, end === -1 ? bytes.length : end);
  }

  nested(type: number): AttributeReader | undefined {
    const bytes = this.raw(type);
    return bytes === undefined ? undefined : new AttributeReader(bytes, this.#order);
  }

  #sized(type: number, size: number): Buffer | undefined {
    const bytes = this.raw(type);
    if (bytes !== undefined && bytes.length < size)
      throw new RangeError(`netlink attribute ${type}: ${bytes.length} bytes where ${size} are needed`);
    return bytes;
  }
}
