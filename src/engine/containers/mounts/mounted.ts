// What is mounted in a container that runs, as the kernel has it.
import { closeSync, fstatSync, openSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { mountOfFile, openInRoot } from '../../../native/descriptors.ts';
import { ifThere, namesIfThere } from '../../../native/if-there.ts';
import { inMountNamespace } from '../../../native/mount-namespace.ts';
import { parseMountinfo, type MountEntry } from '../../../native/mountinfo.ts';
import { closeFd } from '../../../native/syscalls.ts';
import type { ContainerMount, ProcessIdentity } from '../container.ts';
import { isProcessThere } from '../identity.ts';

export interface Mounted {
  readonly entry: MountEntry;
  /** It is what the record says: the source itself, or a tmpfs. */
  readonly isOurs: boolean;
  /** What else is mounted in the container. */
  readonly all: readonly MountEntry[];
}

const GONE = ['ENOTDIR', 'ESRCH'];

/** What is mounted at a mount's destination; undefined where nothing is, or the container has ended. */
export function mountedAt(init: ProcessIdentity, mount: ContainerMount): Mounted | undefined {
  using undo = new DisposableStack();
  const namespace = openMountNamespace(init);
  if (namespace === undefined) return undefined;
  undo.defer(() => closeSync(namespace));
  // From the root where the mount was made: init may have gone to a directory below it, out of which others can see.
  const found = inMountNamespace(namespace, ({ rootFd, mountinfo }) => {
    const target = ifThere(() => openInRoot(rootFd, mount.Destination), ...GONE);
    if (target === undefined) return undefined;
    undo.defer(() => closeFd(target));
    const { id, isRoot } = mountOfFile(target);
    const all = parseMountinfo(mountinfo());
    const entry = isRoot ? all.find((candidate) => candidate.id === id) : undefined;
    return entry === undefined ? undefined : { entry, all, target };
  });
  if (found === undefined) return undefined;
  const { entry, all, target } = found;
  return { entry, all, isOurs: isOf(mount, entry, target) };
}

/** That of the first thread that has one: init may have ended it and live on in the others. */
export function openMountNamespace(init: ProcessIdentity): number | undefined {
  const threads = `/proc/${init.pid}/task`;
  for (const thread of namesIfThere(threads)) {
    const namespace = ifThere(() => openSync(join(threads, thread, 'ns/mnt'), 'r'), ...GONE);
    if (namespace === undefined) continue;
    // Asked last: until here the pid meant this very process.
    if (isProcessThere(init)) return namespace;
    closeSync(namespace);
  }
  return undefined;
}

/** A container may have made the way to the destination a link to something else that is mounted. */
function isOf(mount: ContainerMount, entry: MountEntry, target: number): boolean {
  if (mount.Type === 'tmpfs') return entry.type === 'tmpfs';
  const wanted = statSync(mount.Source, { throwIfNoEntry: false });
  if (wanted === undefined) return entry.root.endsWith('//deleted');
  const found = fstatSync(target);
  return wanted.dev === found.dev && wanted.ino === found.ino;
}
