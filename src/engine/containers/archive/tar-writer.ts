// Encodes the entries of a tar (pax(1)): a ustar block, and before it extended records for what that cannot hold.
// Names are bytes; an extended attribute is binary, so records are put together as bytes too.
//
//   [ block 'x' │ "<length> path=…\n" "<length> SCHILY.xattr.security.capability=…\n" … padding ]  block │ data │ padding

export const BLOCK_BYTES = 512;

export interface TarMember {
  /** As it will stand there; that of a directory ends with a slash. */
  readonly name: Buffer;
  /** '0' file, '1' hard link, '2' symbolic link, '3' and '4' devices, '5' directory, '6' fifo. */
  readonly type: '0' | '1' | '2' | '3' | '4' | '5' | '6';
  readonly linkname?: Buffer | undefined;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Of the data that follows. */
  readonly size: number;
  readonly mtimeNanos: bigint;
  readonly devMajor?: number | undefined;
  readonly devMinor?: number | undefined;
  readonly xattrs: ReadonlyMap<string, Buffer>;
}

/** What stands before the member's data. */
export function encodeMember(member: TarMember): Buffer {
  const records = recordsFor(member);
  const block = encodeBlock(member);
  if (records.length === 0) return block;
  const body = Buffer.concat(records);
  const header = encodeBlock({
    ...member,
    name: Buffer.concat([Buffer.from('PaxHeaders/'), member.name.subarray(0, 80)]),
    linkname: undefined,
    mode: 0o644,
    size: body.length,
    type: 'x',
  });
  return Buffer.concat([header, body, padding(body.length), block]);
}

/** Zeroes that fill the last block of so many bytes. */
export function padding(bytes: number): Buffer {
  return Buffer.alloc((BLOCK_BYTES - (bytes % BLOCK_BYTES)) % BLOCK_BYTES);
}

export const endOfArchive = (): Buffer => Buffer.alloc(2 * BLOCK_BYTES);

const LARGEST_ID = 0o7777777;
const LARGEST_SIZE = 0o77777777777;
const NANOS = 1_000_000_000n;

function recordsFor(member: TarMember): Buffer[] {
  const { name, linkname, uid, gid, size, mtimeNanos } = member;
  const records: Buffer[] = [];
  if (needsRecord(name)) records.push(record('path', name));
  if (linkname !== undefined && needsRecord(linkname)) records.push(record('linkpath', linkname));
  if (uid > LARGEST_ID) records.push(record('uid', Buffer.from(String(uid))));
  if (gid > LARGEST_ID) records.push(record('gid', Buffer.from(String(gid))));
  if (size > LARGEST_SIZE) records.push(record('size', Buffer.from(String(size))));
  if (mtimeNanos % NANOS !== 0n || secondsOf(mtimeNanos) < 0n || secondsOf(mtimeNanos) > BigInt(LARGEST_SIZE))
    records.push(record('mtime', Buffer.from(decimalSeconds(mtimeNanos))));
  for (const [key, value] of member.xattrs) records.push(record(`SCHILY.xattr.${key}`, value));
  return records;
}

/** ustar has 100 bytes for a name; readers differ in what they take other bytes than ASCII for. */
function needsRecord(name: Buffer): boolean {
  return name.length > 100 || name.some((byte) => byte >= 0x80);
}

/** The length counts its own digits. */
function record(key: string, value: Buffer): Buffer {
  const rest = Buffer.byteLength(key) + value.length + 3;
  let length = rest + String(rest).length;
  if (String(length).length > String(rest).length) length += 1;
  return Buffer.concat([Buffer.from(`${length} ${key}=`), value, Buffer.from('\n')]);
}

/** Rounded down, so that the fraction is never negative. */
function secondsOf(nanos: bigint): bigint {
  return nanos / NANOS - (nanos % NANOS < 0n ? 1n : 0n);
}

function decimalSeconds(nanos: bigint): string {
  const sign = nanos < 0n ? '-' : '';
  const magnitude = nanos < 0n ? -nanos : nanos;
  const fraction = String(magnitude % NANOS)
    .padStart(9, '0')
    .replace(/0+$/, '');
  return `${sign}${magnitude / NANOS}${fraction === '' ? '' : `.${fraction}`}`;
}

type Block = Omit<TarMember, 'type'> & { readonly type: string };

function encodeBlock(member: Block): Buffer {
  const block = Buffer.alloc(BLOCK_BYTES);
  const octal = (value: number, at: number, digits: number): void => {
    const largest = 8 ** digits - 1;
    block.write(Math.min(Math.max(value, 0), largest).toString(8).padStart(digits, '0'), at, 'latin1');
  };
  member.name.copy(block, 0, 0, 100);
  octal(member.mode, 100, 7);
  octal(member.uid, 108, 7);
  octal(member.gid, 116, 7);
  octal(member.size, 124, 11);
  octal(Number(secondsOf(member.mtimeNanos)), 136, 11);
  block.write(member.type, 156, 'latin1');
  member.linkname?.copy(block, 157, 0, 100);
  block.write('ustar\u000000', 257, 'latin1');
  octal(member.devMajor ?? 0, 329, 7);
  octal(member.devMinor ?? 0, 337, 7);
  block.fill(' ', 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  octal(sum, 148, 6);
  block.write('\0 ', 154, 'latin1');
  return block;
}
