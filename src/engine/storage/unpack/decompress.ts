import type { Duplex } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { zstdFrames } from './zstd-frames.ts';

export type Compression = 'none' | 'gzip' | 'zstd';

/** First bytes that tell a compression; media types lie now and then, these do not. */
const MAGIC: readonly [name: string, bytes: Buffer][] = [
  ['gzip', Buffer.from([0x1f, 0x8b])],
  ['zstd', Buffer.from([0x28, 0xb5, 0x2f, 0xfd])],
  ['xz', Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00])],
  ['bzip2', Buffer.from('BZh')],
  ['lz4', Buffer.from([0x04, 0x22, 0x4d, 0x18])],
];

/** How many bytes `compressionOf` wants to see. */
export const MAGIC_LENGTH = 6;

/** What the data is compressed with. Throws where we know the name and have no means. */
export function compressionOf(head: Buffer): Compression {
  const name = MAGIC.find(([, bytes]) => head.subarray(0, bytes.length).equals(bytes))?.[0] ?? 'none';
  if (name === 'none' || name === 'gzip' || name === 'zstd') return name;
  throw new Error(`${name} compression is not supported: recompress it with gzip or zstd`);
}

/** Large chunks: fewer crossings between zlib's thread and ours. */
const CHUNK_SIZE = 256 * 1024;

/** Undefined where nothing is to be done. */
export function decompressor(compression: Compression): Duplex | undefined {
  if (compression === 'none') return undefined;
  return compression === 'gzip'
    ? createGunzip({ chunkSize: CHUNK_SIZE })
    : zstdFrames().compose<Duplex>(createZstdDecompress({ chunkSize: CHUNK_SIZE }));
}
