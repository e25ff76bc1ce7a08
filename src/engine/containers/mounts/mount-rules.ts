// Where a running container may be given a mount, which of them may go, and what to say when the kernel refuses. Pure.
import { ShimError } from '../../../native/shim/shim-error.ts';
import type { NewSyscall } from '../../../native/kernel-features.ts';
import { mountsOn } from '../../../native/mountinfo.ts';
import { EngineError } from '../../api/errors.ts';
import type { ResolvedMount } from '../../volumes/resolved-mount.ts';
import { cleanPath } from '../../volumes/mount-target.ts';
import { notRunning, type ContainerMount, type ContainerRecord } from '../container.ts';
import { describeFailure } from '../exit-codes.ts';
import type { Mounted } from './mounted.ts';
import { usernsFailure } from '../userns-failure.ts';

/** Throws invalid-parameter unless there is one. */
export function onlyMount(mounts: readonly ResolvedMount[]): ResolvedMount {
  const [wanted, ...more] = mounts;
  if (wanted !== undefined && more.length === 0) return wanted;
  throw new EngineError('invalid-parameter', `a request to mount names one mount, this one ${mounts.length}`);
}

/** Throws not-implemented where the kernel is too old. */
export function assertKernelCan(has: (name: NewSyscall) => boolean): void {
  const missing = (['open_tree', 'move_mount', 'openat2'] as const).filter((name) => !has(name));
  if (missing.length === 0) return;
  throw new EngineError(
    'not-implemented',
    `this kernel cannot mount on a running container: it lacks ${missing.join(', ')} (it needs Linux 5.8)`,
  );
}

/** What every container has, and the trees of the kernel: a mount in those would lie to programs that ask the kernel. */
const OWN = [
  '/',
  '/dev',
  '/dev/pts',
  '/dev/shm',
  '/dev/mqueue',
  '/etc/hosts',
  '/etc/hostname',
  '/etc/resolv.conf',
];
const KERNEL_TREES = ['/proc', '/sys'];

function isIn(tree: string, path: string): boolean {
  return path === tree || path.startsWith(`${tree}/`);
}

export function assertMayMountAt({ mounts, name }: ContainerRecord, target: string): void {
  const tree = KERNEL_TREES.find((kernelTree) => isIn(kernelTree, target));
  if (tree !== undefined)
    throw invalid(`cannot mount on ${target}: it lies in ${tree}, which is the kernel's`);
  if (OWN.includes(target)) throw invalid(`cannot mount on ${target}: every container has its own`);
  if (!mounts.some(({ Destination }) => Destination === target)) return;
  throw new EngineError(
    'conflict',
    `Duplicate mount point: ${target} of container ${name} is in use by a mount`,
  );
}

/** Throws not-found where the container has no such mount, and invalid-parameter for what is not to be taken away. */
export function mountToRemove({ mounts, name }: ContainerRecord, target: string): ContainerMount {
  const path = cleanPath(target);
  const mount = mounts.find(({ Destination }) => Destination === path);
  if (OWN.includes(path) || KERNEL_TREES.some((tree) => isIn(tree, path)))
    throw invalid(`cannot remove ${path}: it is part of every container`);
  if (mount === undefined) throw new EngineError('not-found', `container ${name} has no mount at ${path}`);
  const below = mounts.find(({ Destination }) => Destination !== path && isIn(path, Destination));
  if (below === undefined) return mount;
  throw new EngineError(
    'conflict',
    `cannot remove ${path}: ${below.Destination} is mounted in it; remove that first`,
  );
}

/** Throws where what is mounted there is not what the record says, or has mounts of its own. */
export function assertMayUnmount(
  { entry, isOurs, all }: Mounted,
  mount: ContainerMount,
  force: boolean,
): void {
  const { Destination: path } = mount;
  if (!isOurs || KERNEL_TREES.some((tree) => isIn(tree, entry.target)) || OWN.includes(entry.target)) {
    throw new EngineError(
      'conflict',
      `cannot remove ${path}: what is mounted there now is something else (${entry.target})`,
    );
  }
  const below = mountsOn(all, entry.id)[0];
  if (below === undefined || force) return;
  throw new EngineError(
    'conflict',
    `cannot remove ${path}: ${below.target} is mounted in it; --force takes both away`,
  );
}

export function somethingThere(target: string, cause?: Error): EngineError {
  return new EngineError('conflict', `cannot mount on ${target}: something is mounted there already`, {
    cause,
  });
}

export function additionFailure(error: unknown, record: ContainerRecord, target: string): unknown {
  if (!(error instanceof ShimError)) return error;
  const owners = usernsFailure(error);
  if (owners !== undefined)
    return failure('invalid-parameter', `cannot mount on ${target}: ${owners}`, error);
  switch (error.code) {
    case 'EBUSY':
      return somethingThere(target, error);
    case 'EPERM':
      return failure(
        'invalid-parameter',
        `cannot mount on ${target}: it leads into the kernel's own file systems`,
        error,
      );
    case 'ENOTDIR':
      return failure(
        'invalid-parameter',
        `cannot mount on ${target}: not a directory: are you trying to mount a directory onto a file (or vice-versa)?`,
        error,
      );
    case 'ESRCH':
      return notRunning(record.id);
    default:
      return failure('internal', `cannot mount on ${target}: ${describeFailure(error)}`, error);
  }
}

export function removalFailure(
  error: unknown,
  record: ContainerRecord,
  { Destination }: ContainerMount,
): unknown {
  if (!(error instanceof ShimError)) return error;
  switch (error.code) {
    case 'EBUSY':
      return failure(
        'conflict',
        `cannot remove ${Destination}: it is busy: a process in the container has a file open or its working directory there; --force takes it away all the same`,
        error,
      );
    case 'ESTALE':
      return failure(
        'conflict',
        `cannot remove ${Destination}: the container changed it meanwhile; try again`,
        error,
      );
    case 'ESRCH':
      return notRunning(record.id);
    default:
      return failure('internal', `cannot remove ${Destination}: ${describeFailure(error)}`, error);
  }
}

function failure(
  kind: 'conflict' | 'invalid-parameter' | 'internal',
  text: string,
  cause: Error,
): EngineError {
  return new EngineError(kind, text, { cause });
}

function invalid(text: string): EngineError {
  return new EngineError('invalid-parameter', text);
}
