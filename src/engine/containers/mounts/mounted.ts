// What is mounted in a container that runs, as the kernel has it.
import { closeSync, constants, fstatSync, openSync, readFileSync, statSync } from 'node:fs';
import { mountOfFile, openInRoot } from '../../../native/descriptors.ts';
import { parseMountinfo, type MountEntry } from '../../../native/mountinfo.ts';
import { isErrno } from '../../../native/syscall-error.ts';
import { closeFd } from '../../../native/syscalls.ts';
import type { ContainerMount, ProcessIdentity } from '../container.ts';
import { isProcessAlive } from '../identity.ts';

export interface Mounted {
  readonly entry: MountEntry;
  /** It is what the record says: the source itself, or a tmpfs. */
  readonly isOurs: boolean;
  /** What else is mounted in the container. */
  readonly all: readonly MountEntry[];
}

/** What is mounted at a mount's destination; undefined where nothing is, or the container has ended. */
export function mountedAt(init: ProcessIdentity, mount: ContainerMount): Mounted | undefined {
  using undo = new DisposableStack();
  try {
    const root = openSync(`/proc/${init.pid}/root`, constants.O_RDONLY | constants.O_DIRECTORY);
    undo.defer(() => closeSync(root));
    const target = openInRoot(root, mount.Destination);
    undo.defer(() => closeFd(target));
    const all = parseMountinfo(readFileSync(`/proc/${init.pid}/mountinfo`, 'utf8'));
    // Asked last: until here the pid meant this very process.
    if (!isProcessAlive(init)) return undefined;
    const { id, isRoot } = mountOfFile(target);
    const entry = isRoot ? all.find((candidate) => candidate.id === id) : undefined;
    return entry === undefined ? undefined : { entry, all, isOurs: isOf(mount, entry, target) };
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR', 'ESRCH')) return undefined;
    throw error;
  }
}

/** A container may have made the way to the destination a link to something else that is mounted. */
function isOf(mount: ContainerMount, entry: MountEntry, target: number): boolean {
  if (mount.Type === 'tmpfs') return entry.type === 'tmpfs';
  const wanted = statSync(mount.Source, { throwIfNoEntry: false });
  if (wanted === undefined) return entry.root.endsWith('//deleted');
  const found = fstatSync(target);
  return wanted.dev === found.dev && wanted.ino === found.ino;
}
