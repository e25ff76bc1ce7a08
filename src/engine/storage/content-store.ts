// Blobs by digest, as an OCI image layout on disk (OCI image-spec, image-layout.md), so that other tools can read it.
//
//   oci-layout  index.json  blobs/sha256/<hex>
//   ingest/<hex>.partial + .lock    a download of a known digest; kept when it breaks off, so the next one continues
//   ingest/<uuid>.new               a document on its way; there for a moment only
//   ingest/<uuid> + .lock           something whose digest is known only when it is whole
//
// A file below blobs/ has the digest of its name: it came there by rename after it was verified.
import { createHash, randomUUID } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { makePrivateDirectory } from '../../native/private-directory.ts';
import { isErrno } from '../../native/syscall-error.ts';
import { EngineError, errorMessage } from '../api/errors.ts';
import { type FileLock, lockFile, tryLockFile } from './file-lock.ts';

/** A blob that is being written. Disposing without commit keeps what there is only where the digest is known. */
export interface Ingest extends AsyncDisposable {
  /** Bytes that an earlier attempt left, and that are part of the digest already. */
  readonly offset: number;
  write(chunk: Buffer): Promise<void>;
  /** Throws away what is there, to start anew. */
  restart(): Promise<void>;
  /** Of what is there so far. */
  digest(): string;
  /** Verifies and makes visible. @returns the digest */
  commit(): Promise<string>;
}

/** Partial downloads that nobody continued for this long are removed. */
const PARTIAL_LIFE_MS = 7 * 24 * 3_600_000;
const DOCUMENT_LIFE_MS = 3_600_000;

export class ContentStore {
  readonly directory: string;

  constructor(directory: string) {
    this.directory = directory;
    makePrivateDirectory(directory);
    for (const name of ['blobs/sha256', 'ingest']) mkdirSync(join(directory, name), { recursive: true });
    const layout = join(directory, 'oci-layout');
    if (!existsSync(layout)) writeFileSync(layout, '{"imageLayoutVersion":"1.0.0"}');
  }

  path(digest: string): string {
    return join(this.directory, 'blobs/sha256', hexOf(digest));
  }

  /** Undefined where it is not here. */
  size(digest: string): number | undefined {
    return statSync(this.path(digest), { throwIfNoEntry: false })?.size;
  }

  has(digest: string): boolean {
    return existsSync(this.path(digest));
  }

  /** For documents; layers are read by path. Throws not-found. */
  read(digest: string): Buffer {
    try {
      return readFileSync(this.path(digest));
    } catch (error) {
      if (isErrno(error, 'ENOENT'))
        throw new EngineError('not-found', `blob ${digest} is missing`, { cause: error });
      throw error;
    }
  }

  list(): string[] {
    return readdirSync(join(this.directory, 'blobs/sha256')).map((name) => `sha256:${name}`);
  }

  remove(digest: string): void {
    try {
      unlinkSync(this.path(digest));
    } catch (error) {
      if (!isErrno(error, 'ENOENT')) throw error;
    }
  }

  /** Stores a small document. @returns its digest */
  write(bytes: Buffer): string {
    const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
    if (!this.has(digest)) this.#replace(this.path(digest), bytes);
    return digest;
  }

  writeIndex(index: object): void {
    this.#replace(join(this.directory, 'index.json'), Buffer.from(JSON.stringify(index)));
  }

  #replace(path: string, bytes: Buffer): void {
    const temporary = join(this.directory, 'ingest', `${randomUUID()}.new`);
    try {
      writeFileSync(temporary, bytes, { flush: true });
      renameSync(temporary, path);
    } catch (error) {
      if (existsSync(temporary)) unlinkSync(temporary);
      throw error;
    }
  }

  /** Opens a download; waits while another process downloads the same. */
  async ingest(expected: { digest: string; size: number }, signal?: AbortSignal): Promise<Ingest> {
    const path = join(this.directory, 'ingest', `${hexOf(expected.digest)}.partial`);
    const lock = await lockFile(`${path}.lock`, { signal, removeFile: true });
    return await this.#open({ path, lock, expected });
  }

  /** Opens a blob of unknown digest. */
  async ingestAny(): Promise<Ingest> {
    const path = join(this.directory, 'ingest', randomUUID());
    return await this.#open({
      path,
      lock: await lockFile(`${path}.lock`, { removeFile: true }),
      expected: undefined,
    });
  }

  async #open(options: {
    path: string;
    lock: FileLock;
    expected: { digest: string; size: number } | undefined;
  }): Promise<Ingest> {
    try {
      return await BlobIngest.open({ ...options, target: (digest) => this.path(digest) });
    } catch (error) {
      options.lock[Symbol.dispose]();
      throw error;
    }
  }

  /** Removes what killed processes left, and old partial downloads. */
  async sweep(): Promise<void> {
    const ingest = join(this.directory, 'ingest');
    for (const name of readdirSync(ingest)) {
      const path = join(ingest, name.replace(/\.lock$/, ''));
      if (isYoung(path)) continue;
      using lock = tryLockFile(`${path}.lock`, { removeFile: true });
      if (lock !== undefined && !isYoung(path)) await rm(path, { force: true });
    }
  }
}

/** Files that nobody holds a lock of are left alone for a while: documents on their way, and what a pull may continue. */
function isYoung(path: string): boolean {
  const lifeMs = path.endsWith('.partial') ? PARTIAL_LIFE_MS : path.endsWith('.new') ? DOCUMENT_LIFE_MS : 0;
  const mtimeMs = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
  return mtimeMs !== undefined && Date.now() - mtimeMs < lifeMs;
}

class BlobIngest implements Ingest {
  readonly #path: string;
  readonly #lock: FileLock;
  readonly #expected: { digest: string; size: number } | undefined;
  readonly #target: (digest: string) => string;
  readonly #file: FileHandle;
  #hash = createHash('sha256');
  #length = 0;
  #keep = true;

  private constructor(file: FileHandle, options: IngestOptions) {
    this.#file = file;
    this.#path = options.path;
    this.#lock = options.lock;
    this.#expected = options.expected;
    this.#target = options.target;
  }

  static async open(options: IngestOptions): Promise<BlobIngest> {
    const file = await open(options.path, 'a+');
    const ingest = new BlobIngest(file, options);
    // Bytes of an earlier attempt count; the digest tells in the end whether they were good.
    for await (const chunk of file.createReadStream({
      start: 0,
      autoClose: false,
      highWaterMark: 1 << 20,
    }) as AsyncIterable<Buffer>)
      ingest.#take(chunk);
    if (options.expected !== undefined && ingest.#length > options.expected.size) await ingest.restart();
    return ingest;
  }

  get offset(): number {
    return this.#length;
  }

  async write(chunk: Buffer): Promise<void> {
    if (this.#expected !== undefined && this.#length + chunk.length > this.#expected.size) {
      this.#keep = false;
      throw new Error(`more than the ${this.#expected.size} bytes that the manifest promises`);
    }
    try {
      await this.#file.appendFile(chunk);
    } catch (error) {
      // On a full disk, half a blob only makes things worse.
      if (isErrno(error, 'ENOSPC', 'EDQUOT')) this.#keep = false;
      throw new Error(`write ${this.#path}: ${errorMessage(error).replace(/^write: /, '')}`, {
        cause: error,
      });
    }
    this.#take(chunk);
  }

  async restart(): Promise<void> {
    await this.#file.truncate(0);
    this.#hash = createHash('sha256');
    this.#length = 0;
  }

  digest(): string {
    return `sha256:${this.#hash.copy().digest('hex')}`;
  }

  async commit(): Promise<string> {
    const digest = this.digest();
    const expected = this.#expected;
    if (expected !== undefined && this.#length !== expected.size)
      throw new Error(`got ${this.#length} of ${expected.size} bytes`);
    if (expected !== undefined && digest !== expected.digest) {
      this.#keep = false;
      throw new Error(`filesystem layer verification failed for digest ${expected.digest}: got ${digest}`);
    }
    await this.#file.datasync();
    renameSync(this.#path, this.#target(digest));
    this.#keep = true;
    return digest;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close();
    const isWorthKeeping = this.#keep && this.#expected !== undefined && this.#length > 0;
    if (!isWorthKeeping) await rm(this.#path, { force: true });
    this.#lock[Symbol.dispose]();
  }

  #take(chunk: Buffer): void {
    this.#hash.update(chunk);
    this.#length += chunk.length;
  }
}

interface IngestOptions {
  readonly path: string;
  readonly lock: FileLock;
  readonly expected: { readonly digest: string; readonly size: number } | undefined;
  readonly target: (digest: string) => string;
}

function hexOf(digest: string): string {
  const match = /^sha256:([0-9a-f]{64})$/.exec(digest);
  if (match?.[1] === undefined) throw new EngineError('invalid-parameter', `invalid digest ${digest}`);
  return match[1];
}
