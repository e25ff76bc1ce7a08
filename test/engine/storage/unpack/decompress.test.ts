import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { compressionOf, decompressor } from '../../../../src/engine/storage/unpack/decompress.ts';

async function decompress(bytes: Buffer, step: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += step) chunks.push(bytes.subarray(at, at + step));
  const transform = decompressor(compressionOf(bytes));
  if (transform === undefined) return bytes;
  let output = Buffer.alloc(0);
  await pipeline(Readable.from(chunks), transform, async (parts: AsyncIterable<Buffer>) => {
    output = await buffer(Readable.from(parts));
  });
  return output;
}

const parts = [
  Buffer.from('hello '),
  randomBytes(300_000),
  Buffer.alloc(500_000, 'x'),
  Buffer.alloc(0),
  Buffer.from('end'),
];
const whole = Buffer.concat(parts);
/** Magic 0x184D2A51, four bytes. */
const skippable = Buffer.from([0x51, 0x2a, 0x4d, 0x18, 4, 0, 0, 0, 0x28, 0xb5, 0x2f, 0xfd]);

describe('decompression', () => {
  test.each([1, 29, 1000, 65_536, 10_000_000])(
    'several members or frames, %d bytes at a time',
    async (step) => {
      if (step > 1)
        expect(
          (await decompress(Buffer.concat(parts.map((part) => gzipSync(part))), step)).equals(whole),
        ).toBe(true);
      const frames = parts.flatMap((part) => [zstdCompressSync(part), skippable]);
      expect(
        (
          await decompress(Buffer.concat(step === 1 ? [frames[0]!, skippable, frames[8]!] : frames), step)
        ).equals(step === 1 ? Buffer.from('hello end') : whole),
      ).toBe(true);
    },
  );

  test.each([
    ['a truncated gzip', gzipSync(whole).subarray(0, 5000), 'unexpected end of file'],
    ['a truncated zstd', zstdCompressSync(whole).subarray(0, 5000), 'unexpected end of file'],
    [
      'garbage after a frame',
      Buffer.concat([zstdCompressSync(parts[0]!), Buffer.from('garbage')]),
      'invalid zstd data',
    ],
  ])('refuses %s', async (_, bytes, message) => {
    await expect(decompress(bytes, 1000)).rejects.toThrow(message);
  });

  test('names what it cannot', () => {
    expect(() => compressionOf(Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]))).toThrow(
      'xz compression is not supported: recompress it with gzip or zstd',
    );
    expect(compressionOf(Buffer.from('ab'))).toBe('none');
  });
});
