// One 512-byte block of a tar: POSIX ustar, GNU and the old v7 form (tar(5), pax(1)).
//
//   0 name 100 │ 100 mode 8 │ 108 uid 8 │ 116 gid 8 │ 124 size 12 │ 136 mtime 12 │ 148 checksum 8 │ 156 type 1
//   157 linkname 100 │ 257 magic 6 + version 2 │ 265 uname 32 │ 297 gname 32 │ 329 major 8 │ 337 minor 8 │ 345 prefix 155
//   GNU sparse ('S'): 386 4 × (offset 12, length 12) │ 482 extended 1 │ 483 real size 12

export const BLOCK_SIZE = 512;

/**
 * A string with one character a byte (latin1): names in a tar are bytes, and need not be UTF-8. `bytesOf` and `textOf`
 * turn it into what the kernel and what a person wants.
 */
export type ByteString = string;

export const bytesOf = (name: ByteString): Buffer => Buffer.from(name, 'latin1');
export const textOf = (name: ByteString): string => bytesOf(name).toString('utf8');

/** A run of bytes that a sparse file really has; all else in it is zero. */
export interface SparseRun {
  readonly offset: number;
  readonly length: number;
}

export interface TarHeader {
  readonly name: ByteString;
  readonly linkname: ByteString;
  /** The type flag as it stands there: '0', '5', 'x' … */
  readonly type: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Bytes that follow in the archive. */
  readonly size: number;
  readonly mtimeNanos: bigint;
  readonly devMajor: number;
  readonly devMinor: number;
}

/** A tar that cannot be read; the message says what is wrong with it. */
export class TarFormatError extends Error {
  override readonly name = 'TarFormatError';
}

/** Links, devices, directories and fifos have no data, whatever their size field says (hard links often repeat it). */
export const isHeaderOnly = (type: string): boolean => '123456'.includes(type);

/** Undefined for a block of zeroes: two of them end an archive. */
export function parseHeader(block: Buffer): TarHeader | undefined {
  if (block.every((byte) => byte === 0)) return undefined;
  verifyChecksum(block);
  const type = block[156] === 0 ? '0' : block.toString('latin1', 156, 157);
  const name = fullName(block);
  return {
    name,
    linkname: text(block, 157, 100),
    // Before POSIX, a directory was a file whose name ends with a slash.
    type: type === '0' && name.endsWith('/') ? '5' : type,
    mode: number(block, 100, 8) & 0o7777,
    uid: number(block, 108, 8),
    gid: number(block, 116, 8),
    size: isHeaderOnly(type) ? 0 : size(number(block, 124, 12)),
    mtimeNanos: BigInt(Math.trunc(number(block, 136, 12))) * 1_000_000_000n,
    ...device(block),
  };
}

function verifyChecksum(block: Buffer): void {
  let sum = 0;
  let signedSum = 0;
  for (let index = 0; index < BLOCK_SIZE; index += 1) {
    const byte = block[index] ?? 0;
    const counted = index >= 148 && index < 156 ? 0x20 : byte;
    sum += counted;
    signedSum += counted > 127 ? counted - 256 : counted;
  }
  // Some old tars added signed characters.
  const written = number(block, 148, 8);
  if (written !== sum && written !== signedSum) throw new TarFormatError('invalid tar header');
}

function fullName(block: Buffer): ByteString {
  const name = text(block, 0, 100);
  // "ustar\0" is POSIX and has a prefix; "ustar " is GNU and has other things in its place.
  if (block.toString('latin1', 257, 263) !== 'ustar\0') return name;
  const prefix = text(block, 345, 155);
  return prefix === '' ? name : `${prefix}/${name}`;
}

function device(block: Buffer): { devMajor: number; devMinor: number } {
  const isUstar = block.toString('latin1', 257, 262) === 'ustar';
  return isUstar
    ? { devMajor: number(block, 329, 8), devMinor: number(block, 337, 8) }
    : { devMajor: 0, devMinor: 0 };
}

/** The four runs in the header block itself; null where another block of runs follows. */
export function parseGnuSparse(block: Buffer): { runs: SparseRun[]; extended: boolean; realSize: number } {
  return {
    runs: sparseRuns(block, 386, 4),
    extended: block[482] === 1,
    realSize: size(number(block, 483, 12)),
  };
}

/** A block of 21 runs that follows a sparse header. */
export function parseGnuSparseExtension(block: Buffer): { runs: SparseRun[]; extended: boolean } {
  return { runs: sparseRuns(block, 0, 21), extended: block[504] === 1 };
}

function sparseRuns(block: Buffer, start: number, count: number): SparseRun[] {
  const runs: SparseRun[] = [];
  for (let index = 0; index < count; index += 1) {
    const at = start + index * 24;
    if (block[at] === 0 && block[at + 12] === 0) break;
    runs.push({ offset: size(number(block, at, 12)), length: size(number(block, at + 12, 12)) });
  }
  return runs;
}

function text(block: Buffer, start: number, length: number): ByteString {
  const field = block.toString('latin1', start, start + length);
  const end = field.indexOf('\0');
  return end === -1 ? field : field.slice(0, end);
}

/** Octal digits, or with the first bit set a two's complement number, big end first (GNU base-256). */
function number(block: Buffer, start: number, length: number): number {
  const first = block[start] ?? 0;
  if (first < 0x80) {
    const digits = block
      .toString('latin1', start, start + length)
      .replaceAll('\0', ' ')
      .trim();
    if (digits === '') return 0;
    if (!/^[0-7]+$/.test(digits)) throw new TarFormatError('invalid tar header: a number is not octal');
    return Number.parseInt(digits, 8);
  }
  let value = BigInt.asIntN(7, BigInt(first & 0x7f));
  for (const byte of block.subarray(start + 1, start + length)) value = value * 256n + BigInt(byte);
  if (value > BigInt(Number.MAX_SAFE_INTEGER) || value < BigInt(Number.MIN_SAFE_INTEGER))
    throw new TarFormatError('invalid tar header: a number is too large');
  return Number(value);
}

function size(value: number): number {
  if (value < 0) throw new TarFormatError('invalid tar header: a negative size');
  return value;
}
