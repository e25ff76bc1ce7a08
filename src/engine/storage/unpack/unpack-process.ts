// The process that unpacks one layer: `gantry internal unpack`, or this file itself when run from source. It opens
// nothing but the blob that it was given, and makes the layer's directory its root before it reads the first byte.
import { createHash } from 'node:crypto';
import { createReadStream, readSync, writeSync } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { isHelperSource } from '../../../native/helper-process.ts';
import { chroot } from '../../../native/syscalls.ts';
import { errorMessage } from '../../api/errors.ts';
import { MAGIC_LENGTH, compressionOf, decompressor } from './decompress.ts';
import { type Unpacked, createLayerWriter } from './layer-writer.ts';
import { createTarParser } from './tar-parser.ts';
import type { UnpackOrder, UnpackReport } from './unpack-protocol.ts';

const BLOB_FD = 0;
const REPORT_FD = 1;
const REPORT_EVERY_MS = 100;
const READ_SIZE = 256 * 1024;

/** @param argv what follows `internal unpack` @returns the exit status */
export async function runUnpack(argv: readonly string[]): Promise<number> {
  try {
    report({ unpacked: await unpack(orderFrom(argv)) });
    return 0;
  } catch (error) {
    report({ failed: errorMessage(error) });
    return 1;
  }
}

function orderFrom(argv: readonly string[]): UnpackOrder {
  const [directory, diffId, whiteouts] = argv;
  if (directory === undefined || diffId === undefined || (whiteouts !== 'overlay' && whiteouts !== 'delete'))
    throw new Error('usage: internal unpack DIRECTORY DIFFID overlay|delete');
  return { directory, diffId, whiteouts };
}

function report(message: UnpackReport): void {
  writeSync(REPORT_FD, `${JSON.stringify(message)}\n`);
}

async function unpack(order: UnpackOrder): Promise<Unpacked> {
  // Modes are the tar's, to the bit.
  process.umask(0);
  chroot(order.directory);
  process.chdir('/');
  const writer = createLayerWriter(order.whiteouts);
  const parser = createTarParser((entry) => writer.entry(entry));
  const hash = createHash('sha256');
  await eachChunk((chunk) => {
    hash.update(chunk);
    parser.write(chunk);
  });
  parser.end();
  const unpacked = writer.finish();
  const diffId = `sha256:${hash.digest('hex')}`;
  if (diffId !== order.diffId)
    throw new Error(`layer content does not match its diffID: expected ${order.diffId}, got ${diffId}`);
  return unpacked;
}

/** Decompresses the blob and hands over what comes out, to its very end: the diffID covers what follows the tar too. */
async function eachChunk(take: (chunk: Buffer) => void): Promise<void> {
  const head = Buffer.alloc(MAGIC_LENGTH);
  const compression = compressionOf(head.subarray(0, readSync(BLOB_FD, head, 0, head.length, 0)));
  const transform = decompressor(compression);
  const source = Readable.from(
    counted(createReadStream('', { fd: BLOB_FD, start: 0, highWaterMark: READ_SIZE })),
  );
  const sink = async (chunks: AsyncIterable<Buffer>): Promise<void> => {
    for await (const chunk of chunks) take(chunk);
  };
  try {
    await (transform === undefined ? pipeline(source, sink) : pipeline(source, transform, sink));
  } catch (error) {
    const isZlib =
      error instanceof Error && 'code' in error && /^(Z_|ZSTD_|ERR_ZLIB)/.test(String(error.code));
    throw isZlib ? new Error(`decompress ${compression}: ${error.message}`, { cause: error }) : error;
  }
}

/** Reports how far the blob has been read. */
async function* counted(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let read = 0;
  let reportedAt = 0;
  for await (const chunk of chunks) {
    read += chunk.length;
    const now = performance.now();
    if (now - reportedAt >= REPORT_EVERY_MS) {
      reportedAt = now;
      report({ read });
    }
    yield chunk;
  }
}

if (isHelperSource(import.meta.url)) {
  void runUnpack(process.argv.slice(2)).then((code) => (process.exitCode = code));
}
