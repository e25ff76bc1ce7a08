// In the archive helper: writes a tree as a tar. Whatever is read may change meanwhile: what vanishes is left out, a
// file that shrinks is filled up with zeroes, one that grows is cut off at the size in its header.
import {
  type BigIntStats,
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readSync,
  readdirSync,
  readlinkSync,
} from 'node:fs';
import { majorOf, minorOf } from '../../../native/device-number.ts';
import { isErrno } from '../../../native/syscall-error.ts';
import { getXattr, listXattrs } from '../../../native/syscalls.ts';
import type { ContainerIds } from '../container-ids.ts';
import { convertCapability, withoutRootId } from './file-capabilities.ts';
import { type TarMember, encodeMember, endOfArchive, padding } from './tar-writer.ts';

export interface PackRequest {
  /** In the current root directory. */
  readonly path: string;
  /** Of its entry in the tar; '' leaves that out, and all others begin without a directory. */
  readonly name: string;
  readonly ids: ContainerIds;
}

/** Takes the bytes as they come; must have used them up when it returns. */
export type TarSink = (bytes: Buffer) => void;

interface Packing {
  readonly sink: TarSink;
  readonly ids: ContainerIds;
  /** Name in the tar of the first link to an inode, by `device:inode`. */
  readonly firstNames: Map<string, Buffer>;
  readonly chunk: Buffer;
}

const CHUNK_BYTES = 256 * 1024;
const SLASH = Buffer.from('/');

export function packTree(request: PackRequest, sink: TarSink): void {
  const packing: Packing = {
    sink,
    ids: request.ids,
    firstNames: new Map(),
    chunk: Buffer.alloc(CHUNK_BYTES),
  };
  const location = Buffer.from(request.path);
  if (request.name === '') packChildren(packing, { location, prefix: Buffer.alloc(0) });
  else packNode(packing, location, Buffer.from(request.name));
  sink(endOfArchive());
}

function packNode(packing: Packing, location: Buffer, name: Buffer): void {
  const stats = ifThere(() => lstatSync(location, { bigint: true }));
  if (stats === undefined) return;
  if (stats.isDirectory()) {
    const prefix = Buffer.concat([name, SLASH]);
    const member = ifThere(() => memberFrom(location, stats, prefix));
    if (member === undefined) return;
    emit(packing, member);
    packChildren(packing, { location, prefix });
  } else if (stats.isFile()) packFile(packing, location, name);
  // A socket means nothing without its process, and a tar has no word for it.
  else if (!stats.isSocket()) {
    const member = ifThere(() => memberFrom(location, stats, name));
    if (member !== undefined) emitLinkable(packing, stats, member);
  }
}

/** Owners in the tar are the container's. */
function emit({ sink, ids }: Packing, member: TarMember): void {
  const xattrs = convertCapability(member.xattrs, withoutRootId);
  sink(encodeMember({ ...member, ...ids.toContainer(member), xattrs }));
}

function packChildren(packing: Packing, directory: { location: Buffer; prefix: Buffer }): void {
  const { location, prefix } = directory;
  const names = ifThere(() => readdirSync(location, { encoding: 'buffer' })) ?? [];
  for (const name of names.sort((left, right) => left.compare(right)))
    packNode(packing, Buffer.concat([location, SLASH, name]), Buffer.concat([prefix, name]));
}

function packFile(packing: Packing, location: Buffer, name: Buffer): void {
  // Never through a link or into a fifo that took the file's place since we looked.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const fd = ifThere(() => openSync(location, flags));
  if (fd === undefined) return;
  try {
    const stats = fstatSync(fd, { bigint: true });
    const member = stats.isFile() ? ifThere(() => memberFrom(location, stats, name)) : undefined;
    if (member === undefined) return;
    if (emitLinkable(packing, stats, member) === 'whole') copyData(packing, fd, member.size);
  } finally {
    closeSync(fd);
  }
}

/** The second name of an inode is a link to its first. */
function emitLinkable(packing: Packing, stats: BigIntStats, member: TarMember): 'whole' | 'link' {
  const key = `${stats.dev}:${stats.ino}`;
  const first = stats.nlink > 1n ? packing.firstNames.get(key) : undefined;
  if (first !== undefined) {
    emit(packing, { ...member, type: '1', linkname: first, size: 0, xattrs: new Map() });
    return 'link';
  }
  if (stats.nlink > 1n) packing.firstNames.set(key, member.name);
  emit(packing, member);
  return 'whole';
}

function copyData(packing: Packing, fd: number, size: number): void {
  const { chunk, sink } = packing;
  let left = size;
  while (left > 0) {
    const wanted = Math.min(left, chunk.length);
    const length = readSync(fd, chunk, 0, wanted, null);
    if (length === 0) chunk.fill(0, 0, wanted);
    const bytes = chunk.subarray(0, length === 0 ? wanted : length);
    sink(bytes);
    left -= bytes.length;
  }
  sink(padding(size));
}

function memberFrom(location: Buffer, stats: BigIntStats, name: Buffer): TarMember {
  const isDevice = stats.isCharacterDevice() || stats.isBlockDevice();
  const device = Number(stats.rdev);
  return {
    name,
    type: typeOf(stats),
    linkname: stats.isSymbolicLink() ? readlinkSync(location, { encoding: 'buffer' }) : undefined,
    mode: Number(stats.mode) & 0o7777,
    uid: Number(stats.uid),
    gid: Number(stats.gid),
    size: stats.isFile() ? Number(stats.size) : 0,
    mtimeNanos: stats.mtimeNs,
    devMajor: isDevice ? majorOf(device) : 0,
    devMinor: isDevice ? minorOf(device) : 0,
    xattrs: xattrsOf(location),
  };
}

function typeOf(stats: BigIntStats): TarMember['type'] {
  if (stats.isFile()) return '0';
  if (stats.isSymbolicLink()) return '2';
  if (stats.isCharacterDevice()) return '3';
  if (stats.isBlockDevice()) return '4';
  return stats.isDirectory() ? '5' : '6';
}

/** Not the labels of the host's security module, nor how overlayfs keeps its books. */
const WANTED_XATTR = /^(user\.|trusted\.(?!overlay\.)|security\.capability$)/;

function xattrsOf(location: Buffer): Map<string, Buffer> {
  const found = new Map<string, Buffer>();
  try {
    for (const name of listXattrs(location).filter((name) => WANTED_XATTR.test(name))) {
      const value = getXattr(location, name);
      if (value !== undefined) found.set(name, value);
    }
  } catch (error) {
    if (!isErrno(error, 'ENOTSUP', 'EOPNOTSUPP')) throw error;
  }
  return found;
}

/** Undefined where it vanished, or something else took its place, since its name was read. */
function ifThere<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ELOOP', 'ENOTDIR', 'ENXIO', 'EINVAL')) return undefined;
    throw error;
  }
}
