// The files of an image archive, by the names that the archive gives them; the names are never used on disk.
import { createReadStream } from 'node:fs';
import { posix } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createHash } from 'node:crypto';
import { EngineError } from '../api/errors.ts';
import type { ContentStore, Ingest } from '../storage/content-store.ts';
import { MAGIC_LENGTH, compressionOf, decompressor } from '../storage/unpack/decompress.ts';
import { textOf } from '../storage/unpack/tar-header.ts';
import { type EntrySink, type TarEntry, createTarParser } from '../storage/unpack/tar-parser.ts';

export interface ArchiveFile {
  readonly digest: string;
  readonly size: number;
  /** First bytes: they tell a compression. */
  readonly head: Buffer;
  /** Undefined for what is too large to be a document. */
  readonly bytes: Buffer | undefined;
  /** Puts it into the content store. */
  keep(): Promise<void>;
}

export interface ArchiveFiles extends AsyncDisposable {
  /** Follows links inside of the archive. Undefined where there is no such file. */
  find(name: string): ArchiveFile | undefined;
}

/** Up to here a file is held in memory; layers usually are larger, documents never. */
const MAX_DOCUMENT_BYTES = 1 << 20;
/** Of all documents together. */
const MAX_MEMORY_BYTES = 128 << 20;

/** Reads a plain or compressed tar to its end. Large files wait in the store's ingest directory. */
export async function readArchive(
  source: string | NodeJS.ReadableStream,
  content: ContentStore,
  signal: AbortSignal | undefined,
): Promise<ArchiveFiles> {
  const collector = new Collector(content);
  const parser = createTarParser((entry) => collector.entry(entry));
  try {
    const stream = typeof source === 'string' ? createReadStream(source, { highWaterMark: 1 << 20 }) : source;
    await eachChunk(stream, signal, async (chunk) => {
      parser.write(chunk);
      await collector.settled();
    });
    parser.end();
    await collector.settled();
    return collector;
  } catch (error) {
    await collector[Symbol.asyncDispose]();
    if (error instanceof Error && !('errno' in error) && !(error instanceof EngineError))
      throw new EngineError('invalid-parameter', `read image archive: ${error.message}`, { cause: error });
    throw error;
  }
}

async function eachChunk(
  stream: NodeJS.ReadableStream,
  signal: AbortSignal | undefined,
  take: (chunk: Buffer) => Promise<void>,
): Promise<void> {
  const chunks = stream[Symbol.asyncIterator]();
  const head: Buffer[] = [];
  while (Buffer.concat(head).length < MAGIC_LENGTH) {
    const next = await chunks.next();
    if (next.done === true) break;
    head.push(Buffer.from(next.value));
  }
  const transform = decompressor(compressionOf(Buffer.concat(head)));
  const whole = Readable.from(
    (async function* () {
      yield* head;
      for (let next = await chunks.next(); next.done !== true; next = await chunks.next())
        yield Buffer.from(next.value);
    })(),
  );
  const sink = async (parts: AsyncIterable<Buffer>): Promise<void> => {
    for await (const part of parts) await take(part);
  };
  const options = signal === undefined ? {} : { signal };
  await (transform === undefined
    ? pipeline(whole, sink, options)
    : pipeline(whole, transform, sink, options));
}

class Collector implements ArchiveFiles {
  readonly #content: ContentStore;
  readonly #files = new Map<string, ArchiveFile>();
  readonly #links = new Map<string, string>();
  readonly #open: Ingest[] = [];
  #memory = 0;
  #work: Promise<void> = Promise.resolve();

  constructor(content: ContentStore) {
    this.#content = content;
  }

  entry(entry: TarEntry): EntrySink | undefined {
    const name = nameIn(textOf(entry.name));
    const target = textOf(entry.linkname);
    // A symbolic link starts at its directory, a hard link at the root.
    if (entry.type === '2') this.#links.set(name, nameIn(posix.join(posix.dirname(name), target)));
    if (entry.type === '1') this.#links.set(name, nameIn(target));
    if (entry.type !== '0') return undefined;
    return entry.realSize <= MAX_DOCUMENT_BYTES
      ? this.#inMemory(name, entry.realSize)
      : this.#onDisk(name, entry.realSize);
  }

  /** The parser is synchronous and the disk is not: waits for what it has set going. */
  settled(): Promise<void> {
    return this.#work;
  }

  find(name: string): ArchiveFile | undefined {
    let at = nameIn(name);
    // As many steps as the kernel allows.
    for (let steps = 0; steps < 40; steps += 1) {
      const file = this.#files.get(at);
      const next = this.#links.get(at);
      if (file !== undefined || next === undefined) return file;
      at = next;
    }
    return undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#work.catch(() => undefined);
    for (const ingest of this.#open) await ingest[Symbol.asyncDispose]();
  }

  #inMemory(name: string, size: number): EntrySink {
    this.#memory += size;
    if (this.#memory > MAX_MEMORY_BYTES)
      throw new EngineError('invalid-parameter', 'the archive holds too many small files');
    const bytes = Buffer.alloc(size);
    return {
      write: (chunk, offset) => void chunk.copy(bytes, offset),
      end: () => {
        const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
        const keep = async (): Promise<void> => void (await Promise.resolve(this.#content.write(bytes)));
        this.#files.set(name, { digest, size, head: bytes.subarray(0, MAGIC_LENGTH), bytes, keep });
      },
    };
  }

  #onDisk(name: string, size: number): EntrySink {
    let ingest: Ingest | undefined;
    let head = Buffer.alloc(0);
    this.#then(async () => {
      ingest = await this.#content.ingestAny();
      this.#open.push(ingest);
    });
    return {
      write: (chunk) => {
        if (head.length < MAGIC_LENGTH) head = Buffer.concat([head, chunk.subarray(0, MAGIC_LENGTH)]);
        this.#then(async () => ingest?.write(chunk));
      },
      end: () =>
        this.#then(() => {
          const whole = ingest;
          if (whole === undefined) throw new Error('unreachable: a file ended before it began');
          const keep = async (): Promise<void> => void (await whole.commit());
          this.#files.set(name, { digest: whole.digest(), size, head, bytes: undefined, keep });
          return Promise.resolve();
        }),
    };
  }

  #then(step: () => Promise<void>): void {
    this.#work = this.#work.then(step);
    // Awaited by `settled`; until then a failure must not count as unhandled.
    this.#work.catch(() => undefined);
  }
}

/** `./a/b`, `/a/b` and `a/b` are one name. */
function nameIn(name: string): string {
  return posix.normalize(`/${name}`).slice(1);
}
