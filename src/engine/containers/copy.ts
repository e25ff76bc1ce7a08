// `cp`: finds whose tree it is, and holds a stopped container's lock while its files are worked on.
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import type { PathStat } from '../api/container-types.ts';
import { acquireLock } from '../state/locks.ts';
import {
  getArchive,
  infoArchive,
  putArchive,
  type ArchiveStream,
  type ArchiveSubject,
} from './archive/archive.ts';
import { lockFile, type ContainerDeps } from './container-deps.ts';
import { isAlive, type Container } from './container.ts';
import { settle } from './finish.ts';

interface Borrowed extends Disposable {
  readonly subject: ArchiveSubject;
}

/** A running container's tree is seen through its init; a stopped one's is mounted by the helper, and locked. */
async function borrow(deps: ContainerDeps, idOrName: string): Promise<Borrowed> {
  const { record } = deps.store.get(idOrName);
  const lock = await acquireLock(lockFile(deps, record.id), { subject: `container ${record.name}` });
  try {
    const container = await settle(deps, record.id);
    const subject = subjectOf(deps, container);
    if (subject.kind === 'stopped') return { subject, [Symbol.dispose]: () => lock[Symbol.dispose]() };
    lock[Symbol.dispose]();
    return { subject, [Symbol.dispose]: () => undefined };
  } catch (error) {
    lock[Symbol.dispose]();
    throw error;
  }
}

function subjectOf(deps: ContainerDeps, { record, state }: Container): ArchiveSubject {
  if (isAlive(state)) {
    return { kind: 'running', container: record.name, init: state.init, maps: record.userns?.maps };
  }
  return {
    kind: 'stopped',
    container: record.name,
    rootfs: deps.storage.rootfs(record.id),
    mounts: record.mounts
      .filter((mount) => mount.Type !== 'tmpfs')
      .map((mount) => ({
        source: mount.Source,
        ...(mount.beneath === undefined ? {} : { beneath: mount.beneath }),
        target: mount.Destination,
        readOnly: !mount.RW,
      })),
    readOnlyRootfs: record.hostConfig.ReadonlyRootfs === true,
  };
}

/** A tar of the path; the lock is held until the stream has ended. */
export async function exportPath(
  deps: ContainerDeps,
  idOrName: string,
  path: string,
): Promise<ArchiveStream> {
  const borrowed = await borrow(deps, idOrName);
  try {
    const archive = await getArchive(borrowed.subject, path);
    archive.stream.once('close', () => borrowed[Symbol.dispose]());
    return archive;
  } catch (error) {
    borrowed[Symbol.dispose]();
    throw error;
  }
}

export async function statPath(deps: ContainerDeps, idOrName: string, path: string): Promise<PathStat> {
  using borrowed = await borrow(deps, idOrName);
  return await infoArchive(borrowed.subject, path);
}

export interface ImportOptions {
  /** The tar, or the path of one on the host. */
  readonly source: string | Buffer | NodeJS.ReadableStream;
  readonly path: string;
  readonly noOverwriteDirNonDir?: boolean | undefined;
  readonly copyUIDGID?: boolean | undefined;
}

export async function importPath(
  deps: ContainerDeps,
  idOrName: string,
  options: ImportOptions,
): Promise<void> {
  using borrowed = await borrow(deps, idOrName);
  const { source, path, noOverwriteDirNonDir } = options;
  const tar = tarFrom(source);
  await putArchive(borrowed.subject, tar, { path, noOverwriteDirNonDir });
}

function tarFrom(source: ImportOptions['source']): Readable | Buffer {
  if (typeof source === 'string') return createReadStream(source);
  if (Buffer.isBuffer(source)) return source;
  return source instanceof Readable ? source : new Readable().wrap(source);
}
