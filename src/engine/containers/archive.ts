// Copies files in and out of a container's tree (`cp`, `export`, and the first filling of volumes).
//
// The work is done by a helper process that first makes the container's tree its root, so the kernel resolves every
// path and link inside it: a path that the container swaps while we copy can only ever lead to another place in the
// same tree. A running container is entered by its mount namespace, which shows its volumes as the container sees
// them; a stopped one is mounted in a private mount namespace that ends with the helper, however it ends.
import type { Readable } from 'node:stream';
import type { PathStat } from '../api/container-types.ts';
import { EngineError } from '../api/errors.ts';
import type { RootfsMount } from '../storage/storage-driver.ts';

/** A volume or bind mount of a stopped container. */
export interface SubjectMount {
  /** Directory or file on the host. */
  readonly source: string;
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
  /** An uncompressed tar. Its first entry is named as `stat.name`. Destroying it ends the helper. */
  readonly stream: Readable;
}

/** A tar of one path; a link at its end is not followed unless a slash comes after. Throws not-found as Docker does. */
export function getArchive(subject: ArchiveSubject, path: string): Promise<ArchiveStream> {
  throw new EngineError('not-implemented', `copy ${path} from container ${subject.container}`);
}

/** What `HEAD /containers/{id}/archive` tells of a path. */
export function infoArchive(subject: ArchiveSubject, path: string): Promise<PathStat> {
  throw new EngineError('not-implemented', `look at ${path} in container ${subject.container}`);
}

/**
 * Unpacks a tar (plain, gzip or zstd) into a directory of the container. What was unpacked before a failure stays, as
 * in Docker.
 */
export function putArchive(
  subject: ArchiveSubject,
  _tar: Readable | Buffer,
  options: PutOptions,
): Promise<void> {
  throw new EngineError('not-implemented', `copy to ${options.path} in container ${subject.container}`);
}

/** `docker export`: the rootfs alone, without volumes and without /proc, /sys and their like. */
export function exportRootfs(subject: ArchiveSubject): Promise<Readable> {
  throw new EngineError('not-implemented', `export container ${subject.container}`);
}
