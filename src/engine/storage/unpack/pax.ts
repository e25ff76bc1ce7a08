// Extended headers of a tar: `<length> <key>=<value>\n`, where length counts the whole record (pax(1)). Values are
// bytes: an extended attribute such as security.capability is binary and may hold newlines.
import {
  type ByteString,
  type SparseRun,
  type TarHeader,
  TarFormatError,
  isHeaderOnly,
} from './tar-header.ts';

/** Records in order; a key that comes twice (GNU.sparse.offset) keeps all its values. */
export function parsePax(body: Buffer): [string, Buffer][] {
  const records: [string, Buffer][] = [];
  let at = 0;
  while (at < body.length) {
    const space = body.indexOf(0x20, at);
    const length = Number(body.toString('latin1', at, Math.max(at, space)));
    const end = at + length;
    if (
      space === -1 ||
      !Number.isInteger(length) ||
      end > body.length ||
      end <= space ||
      body[end - 1] !== 0x0a
    )
      throw new TarFormatError('invalid extended header in tar');
    const equals = body.indexOf(0x3d, space);
    if (equals === -1 || equals >= end) throw new TarFormatError('invalid extended header in tar');
    records.push([body.toString('utf8', space + 1, equals), body.subarray(equals + 1, end - 1)]);
    at = end;
  }
  return records;
}

export interface PaxEntry {
  /** The header with what the records override. */
  readonly header: TarHeader;
  readonly xattrs: ReadonlyMap<string, Buffer>;
  readonly sparse: PaxSparse | undefined;
}

export interface PaxSparse {
  readonly realSize: number;
  /** Undefined in format 1.0, where the map stands in front of the data. */
  readonly runs: readonly SparseRun[] | undefined;
}

const XATTR = 'SCHILY.xattr.';

/** Lays extended records over the header that they belong to. */
export function applyPax(header: TarHeader, records: readonly [string, Buffer][]): PaxEntry {
  const values = new Map(records);
  const bytes = (key: string): ByteString | undefined => values.get(key)?.toString('latin1');
  const integer = (key: string): number | undefined => decimal(key, bytes(key));
  const mtime = bytes('mtime');
  return {
    header: {
      ...header,
      name: bytes('GNU.sparse.name') ?? bytes('path') ?? header.name,
      linkname: bytes('linkpath') ?? header.linkname,
      uid: integer('uid') ?? header.uid,
      gid: integer('gid') ?? header.gid,
      size: isHeaderOnly(header.type) ? 0 : (integer('size') ?? header.size),
      mtimeNanos: mtime === undefined ? header.mtimeNanos : nanosFrom(mtime),
    },
    xattrs: new Map(
      records
        .filter(([key]) => key.startsWith(XATTR))
        .map(([key, value]) => [key.slice(XATTR.length), value]),
    ),
    sparse: paxSparse(records, integer),
  };
}

function paxSparse(
  records: readonly [string, Buffer][],
  integer: (key: string) => number | undefined,
): PaxSparse | undefined {
  if (integer('GNU.sparse.major') === 1)
    return { realSize: integer('GNU.sparse.realsize') ?? 0, runs: undefined };
  const realSize = integer('GNU.sparse.size');
  if (realSize === undefined) return undefined;
  const map = new Map(records).get('GNU.sparse.map')?.toString('latin1');
  const numbers =
    map === undefined
      ? // Format 0.0: offset and numbytes take turns.
        records
          .filter(([key]) => key === 'GNU.sparse.offset' || key === 'GNU.sparse.numbytes')
          .map(([key, value]) => decimal(key, value.toString('latin1')) ?? 0)
      : map.split(',').map((item) => decimal('GNU.sparse.map', item) ?? 0);
  return { realSize, runs: runsFrom(numbers) };
}

/** Pairs of offset and length. */
export function runsFrom(numbers: readonly number[]): SparseRun[] {
  if (numbers.length % 2 !== 0) throw new TarFormatError('invalid sparse map in tar');
  return numbers
    .map((offset, index) => ({ offset, length: numbers[index + 1] ?? 0 }))
    .filter((_, index) => index % 2 === 0);
}

/** `1700000000.123456789`, possibly negative or with more digits than a nanosecond has. */
export function nanosFrom(time: string): bigint {
  const match = /^(-?)(\d+)(?:\.(\d*))?$/.exec(time);
  if (match === null) throw new TarFormatError(`invalid time ${time} in tar`);
  const [, sign, seconds = '0', fraction = ''] = match;
  const nanos = BigInt(seconds) * 1_000_000_000n + BigInt(fraction.slice(0, 9).padEnd(9, '0'));
  return sign === '-' ? -nanos : nanos;
}

/** A non-negative number in decimal digits. */
export function decimal(key: string, value: string | undefined): number | undefined {
  if (value === undefined || value === '') return undefined;
  const parsed = Number(value);
  if (!/^\d+$/.test(value) || !Number.isSafeInteger(parsed))
    throw new TarFormatError(`invalid ${key} in tar: ${value}`);
  return parsed;
}
