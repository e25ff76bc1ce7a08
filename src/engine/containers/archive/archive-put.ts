// In the archive helper: unpacks a tar into a directory of the container's tree.
import { accessSync, constants, lstatSync, readSync, statSync } from 'node:fs';
import { posix } from 'node:path';
import { isErrno } from '../../../native/syscall-error.ts';
import { EngineError } from '../../api/errors.ts';
import {
  fileSink,
  makeDirectory,
  makeHardLink,
  makeSpecial,
  setDirectoryTime,
} from '../../storage/unpack/entry-files.ts';
import { layerPath } from '../../storage/unpack/layer-path.ts';
import { type Places, createPlaces } from '../../storage/unpack/places.ts';
import { removeTree } from '../../storage/unpack/remove-tree.ts';
import { type ByteString, TarFormatError, bytesOf, textOf } from '../../storage/unpack/tar-header.ts';
import { type EntrySink, type TarEntry, createTarParser } from '../../storage/unpack/tar-parser.ts';
import type { ContainerIds } from '../container-ids.ts';
import { convertCapability, withRootId } from './file-capabilities.ts';
import type { ArchiveOrder } from './archive-protocol.ts';
import { fileNotFound } from './archive-stat.ts';

type PutOrder = Extract<ArchiveOrder, { operation: 'put' }>;

const CHUNK_BYTES = 256 * 1024;

export interface TarSource {
  /** Read to its end, whatever stands after the tar. */
  readonly fd: number;
  /** Whose owners the tar has. */
  readonly ids: ContainerIds;
}

/** The container's tree is the root directory. */
export function unpackTar(order: PutOrder, tar: TarSource): void {
  process.umask(0);
  enterTarget(order);
  const writer = new PutWriter(order, tar.ids);
  const parser = createTarParser((entry) => writer.entry(entry));
  const chunk = Buffer.alloc(CHUNK_BYTES);
  try {
    for (let length = -1; length !== 0;) {
      length = readSync(tar.fd, chunk, 0, chunk.length, null);
      parser.write(chunk.subarray(0, length));
    }
    parser.end();
    writer.finish();
  } catch (error) {
    writer.abandon();
    throw error instanceof TarFormatError ? asInvalid(error) : error;
  }
}

function asInvalid(error: Error): EngineError {
  return new EngineError('invalid-parameter', error.message, { cause: error });
}

function enterTarget(order: PutOrder): void {
  const target = posix.join('/', order.path);
  try {
    process.chdir(target);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) throw fileNotFound(order.path, order.subject.container);
    if (!isErrno(error, 'ENOTDIR')) throw error;
    throw new EngineError('invalid-parameter', 'extraction point is not a directory', { cause: error });
  }
  readOnlyIsRefused(() => accessSync('.', constants.W_OK));
}

/** In Docker's words: which mount refused is told by its device. */
function readOnlyIsRefused<T>(action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (!isErrno(error, 'EROFS')) throw error;
    const what = statSync('.').dev === statSync('/').dev ? 'container rootfs' : 'mounted volume';
    throw new EngineError('invalid-parameter', `${what} is marked read-only`, { cause: error });
  }
}

/** Everything is made relative to the working directory; links on the way lead where they lead in the container. */
class PutWriter {
  readonly #order: PutOrder;
  readonly #ids: ContainerIds;
  readonly #places: Places = createPlaces();
  readonly #directoryTimes = new Map<ByteString, bigint>();
  #unfinished: Buffer | undefined;

  constructor(order: PutOrder, ids: ContainerIds) {
    this.#order = order;
    this.#ids = ids;
  }

  entry(entry: TarEntry): EntrySink | undefined {
    return this.#named(entry, () => {
      const path = placeOf(entry.name);
      // The directory that is copied to keeps its own attributes.
      if (path === './') return undefined;
      this.#refuseOtherKind(path, entry);
      const owner = this.#ids.toHost(this.#order.owner ?? entry);
      const sink = this.#make(path, { ...entry, ...owner, xattrs: this.#xattrsOf(entry) });
      return sink === undefined ? undefined : this.#finishing(entry, sink);
    });
  }

  finish(): void {
    for (const [path, mtimeNanos] of this.#directoryTimes) setDirectoryTime(path, mtimeNanos);
  }

  /** After a failure: removes the file that is only half there. */
  abandon(): void {
    if (
      this.#unfinished !== undefined &&
      lstatSync(this.#unfinished, { throwIfNoEntry: false }) !== undefined
    )
      removeTree(this.#unfinished);
  }

  #xattrsOf({ xattrs }: TarEntry): TarEntry['xattrs'] {
    const { rootUid } = this.#ids;
    return rootUid === undefined ? xattrs : convertCapability(xattrs, (value) => withRootId(value, rootUid));
  }

  #make(path: ByteString, entry: TarEntry): EntrySink | undefined {
    this.#directoryTimes.delete(path);
    if (entry.type === '0') {
      const sink = fileSink(path, entry, this.#places);
      this.#unfinished = bytesOf(path);
      return sink;
    }
    if (entry.type === '5') {
      this.#directoryTimes.set(path, entry.mtimeNanos);
      makeDirectory(path, entry, this.#places);
    } else if (entry.type === '1') makeHardLink(path, placeOf(entry.linkname), this.#places);
    else makeSpecial(path, entry, this.#places);
    return undefined;
  }

  #finishing(entry: TarEntry, sink: EntrySink): EntrySink {
    return {
      write: (bytes, offset) => this.#named(entry, () => sink.write(bytes, offset)),
      end: () => {
        this.#named(entry, () => sink.end());
        this.#unfinished = undefined;
      },
    };
  }

  #refuseOtherKind(path: ByteString, entry: TarEntry): void {
    if (!this.#order.noOverwriteDirNonDir) return;
    const existing = lstatSync(bytesOf(path), { throwIfNoEntry: false });
    if (existing === undefined || existing.isDirectory() === (entry.type === '5')) return;
    const [there, comes] = existing.isDirectory()
      ? ['directory', 'non-directory']
      : ['non-directory', 'directory'];
    const name = JSON.stringify(textOf(path.slice(1)));
    throw new EngineError(
      'invalid-parameter',
      `cannot overwrite ${there} ${name} with ${comes} ${JSON.stringify(this.#order.path)}`,
    );
  }

  /** Says which entry it was: messages of write(2) do not. */
  #named<T>(entry: TarEntry, action: () => T): T {
    try {
      return readOnlyIsRefused(action);
    } catch (error) {
      if (!(error instanceof Error) || error instanceof EngineError || error instanceof TarFormatError)
        throw error;
      throw new Error(`copy ${textOf(entry.name)} to ${this.#order.path}: ${error.message}`, {
        cause: error,
      });
    }
  }
}

/** `./a/b`, from the working directory. */
const placeOf = (name: ByteString): ByteString => `.${layerPath(name)}`;
