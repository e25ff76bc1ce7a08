// Copies files in and out of a container's tree (`cp`, `export`, and the first filling of volumes).
//
// The work is done by a helper process that first makes the container's tree its root, so the kernel resolves every
// path and link inside it: a path that the container swaps while we copy can only ever lead to another place in the
// same tree. A running container is entered by its mount namespace, which shows its volumes as the container sees
// them; a stopped one is mounted in a private mount namespace that ends with the helper, however it ends.
import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { IdMaps } from '../../../native/shim/protocol.ts';
import { isErrno } from '../../../native/syscall-error.ts';
import type { PathStat } from '../../api/container-types.ts';
import type { RootfsMount } from '../../storage/storage-driver.ts';
import { MAGIC_LENGTH, compressionOf, decompressor } from '../../storage/unpack/decompress.ts';
import { openArchiveHelper } from './archive-helper.ts';
import { type OrderSubject, subjectSchema } from './archive-protocol.ts';

/** A volume or bind mount of a stopped container. */
export interface SubjectMount {
  /** Directory or file on the host. */
  readonly source: string;
  /** A directory above it that no link on the way may lead out of. */
  readonly beneath?: string | undefined;
  /** Absolute, in the container. */
  readonly target: string;
  readonly readOnly: boolean;
}

/** Whose tree it is. The caller holds the lock of a stopped container, so that nobody starts it meanwhile. */
export type ArchiveSubject = {
  /** For messages: what the user called the container. */
  readonly container: string;
} & (
  | {
      readonly kind: 'running';
      /** As RunningFacts.init; refused where the pid belongs to a later process by now. */
      readonly init: { readonly pid: number; readonly startTicks: number };
      /** Of its user namespace; undefined with the host's. */
      readonly maps?: IdMaps | undefined;
    }
  | {
      readonly kind: 'stopped';
      readonly rootfs: RootfsMount;
      /** In the order in which they must be mounted; not those of tmpfs. */
      readonly mounts: readonly SubjectMount[];
      /** HostConfig.ReadonlyRootfs */
      readonly readOnlyRootfs: boolean;
    }
);

export interface PutOptions {
  /** A directory in the container; links are followed. */
  readonly path: string;
  /** Refuse to replace a directory by something else, and the other way round. */
  readonly noOverwriteDirNonDir?: boolean | undefined;
  /** Whose everything becomes (`copyUIDGID`: the container's user); undefined keeps the ids in the tar. */
  readonly owner?: { readonly uid: number; readonly gid: number } | undefined;
}

export interface ArchiveStream {
  readonly stat: PathStat;
  /** An uncompressed tar. Its first entry is named as `stat.name`, `.` for `/`. Destroying it ends the helper. */
  readonly stream: Readable;
}

/** A tar of one path; a link at its end is not followed unless a slash comes after. Throws not-found as Docker does. */
export async function getArchive(subject: ArchiveSubject, path: string): Promise<ArchiveStream> {
  const helper = openArchiveHelper({ operation: 'get', subject: orderSubject(subject), path });
  return { stat: await helper.stat, stream: helper.output };
}

/** What `HEAD /containers/{id}/archive` tells of a path. */
export async function infoArchive(subject: ArchiveSubject, path: string): Promise<PathStat> {
  const helper = openArchiveHelper({ operation: 'info', subject: orderSubject(subject), path });
  const stat = await helper.stat;
  helper.output.resume();
  await helper.done;
  return stat;
}

/**
 * Unpacks a tar (plain, gzip or zstd) into a directory of the container. What was unpacked before a failure stays, as
 * in Docker, except for a file that is only half there.
 */
export async function putArchive(
  subject: ArchiveSubject,
  tar: Readable | Buffer,
  options: PutOptions,
): Promise<void> {
  const { input, done, output } = openArchiveHelper({
    operation: 'put',
    subject: orderSubject(subject),
    path: options.path,
    noOverwriteDirNonDir: options.noOverwriteDirNonDir === true,
    owner: options.owner,
  });
  if (input === undefined) throw new Error('unreachable: put has an input');
  output.resume();
  const source = Buffer.isBuffer(tar) ? Readable.from([tar]) : tar;
  const [put, fed] = await Promise.allSettled([done, feed(source, input)]);
  // A source that failed is the reason; a helper that stopped reading has told why itself.
  const isUnread = fed.status === 'rejected' && isErrno(fed.reason, 'EPIPE', 'ERR_STREAM_PREMATURE_CLOSE');
  if (fed.status === 'rejected' && !isUnread) throw fed.reason;
  if (put.status === 'rejected') throw put.reason;
}

/** `docker export`: the rootfs alone, without volumes and without /proc, /sys and their like. */
export function exportRootfs(subject: ArchiveSubject): Readable {
  return openArchiveHelper({ operation: 'export', subject: orderSubject(subject) }).output;
}

/** Decompresses it on the way: the helper takes plain tars. */
async function feed(source: Readable, input: Writable): Promise<void> {
  try {
    const chunks = chunksOf(source);
    const head = await firstBytes(chunks, MAGIC_LENGTH);
    const whole = async function* (): AsyncGenerator<Buffer> {
      yield head;
      yield* chunks;
    };
    const transform = decompressor(compressionOf(head));
    await (transform === undefined ? pipeline(whole, input) : pipeline(whole, transform, input));
  } finally {
    // Whatever happened: a helper that waits for more would wait for ever.
    input.destroy();
  }
}

async function* chunksOf(source: Readable): AsyncGenerator<Buffer> {
  for await (const chunk of source) yield toBuffer(chunk);
}

/** At least so many, unless there are no more. */
async function firstBytes(chunks: AsyncGenerator<Buffer>, count: number): Promise<Buffer> {
  const head: Buffer[] = [];
  for (let bytes = 0; bytes < count;) {
    const next = await chunks.next();
    if (next.done === true) break;
    head.push(next.value);
    bytes += next.value.length;
  }
  return Buffer.concat(head);
}

function toBuffer(chunk: unknown): Buffer {
  if (Buffer.isBuffer(chunk)) return chunk;
  if (chunk instanceof Uint8Array) return Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  return Buffer.from(String(chunk));
}

/** Without what the caller's object may hold beside. */
function orderSubject(subject: ArchiveSubject): OrderSubject {
  return subjectSchema.parse(subject);
}
