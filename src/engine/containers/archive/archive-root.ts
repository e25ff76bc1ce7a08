// In the archive helper: makes a container's or image's tree the root of this process. From then on the kernel resolves
// every path inside it. Everything is mounted in a mount namespace of the helper's own, so nothing can be left behind.
//
// KERNEL: unshare, setns and chroot act on the calling thread, and all that follows runs on it: node:fs only by its
// synchronous calls, and nothing may be loaded from disk after it.
import {
  closeSync,
  constants,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { attachMount, copyMount, openPath } from '../../../native/mount-trees.ts';
import { mountinfoOf, openThread } from '../../../native/mount-namespace.ts';
import { parseMountinfo } from '../../../native/mountinfo.ts';
import { isErrno } from '../../../native/syscall-error.ts';
import {
  CLONE,
  MNT_DETACH,
  MS,
  UMOUNT_NOFOLLOW,
  chroot,
  closeFd,
  mount,
  setns,
  umount,
  unshare,
} from '../../../native/syscalls.ts';
import { EngineError } from '../../api/errors.ts';
import type { RootfsMount } from '../../storage/storage-driver.ts';
import type { OrderSubject, OrderView } from './archive-protocol.ts';

type Running = Extract<OrderSubject, { kind: 'running' }>;
type Stopped = Extract<OrderSubject, { kind: 'stopped' }>;

/** The tree with volumes, as the container has it. */
export function enterSubject(subject: OrderSubject): void {
  if (subject.kind === 'running') enterRunning(subject);
  else enterStopped(subject);
  process.chdir('/');
}

/** The rootfs alone. */
export function enterRootfs(subject: OrderSubject): void {
  if (subject.kind === 'stopped') enterStopped({ ...subject, mounts: [] });
  else {
    enterRunning(subject);
    // Bound again without what is mounted below it. The place does not matter: nobody else sees it.
    const place = '/proc';
    mkdirSync(place, { recursive: true });
    bind('/', place, 0);
    chroot(place);
  }
  process.chdir('/');
}

/**
 * The image's tree, to which nobody writes. The working directory is the one that is named, outside of the new root: whoever has it
 * already may make links in it meanwhile, and these lead up to it itself or into that tree.
 * KERNEL: above the root of a mount that is attached nowhere there is nothing. It is gone when its descriptor is closed.
 */
export function enterView(view: OrderView, directory: string): void {
  ownMountNamespace();
  process.chdir(`/proc/self/fd/${copyMount(openPath(directory))}`);
  const root = mountTree(view);
  makeReadOnly(root);
  chroot(root);
}

function ownMountNamespace(): void {
  unshare(CLONE.NEWNS);
  mount({ source: '', target: '/', type: '', flags: MS.REC | MS.PRIVATE, data: '' });
}

function bind(source: string, target: string, flags: number): void {
  mount({ source, target, type: '', flags: MS.BIND | flags, data: '' });
}

// ---- running ----------------------------------------------------------------------------------------------------

function enterRunning(subject: Running): void {
  const namespaceFd = openNamespace(subject);
  const thread = openThread();
  if (subject.maps === undefined) enterNamespace(namespaceFd);
  else enterCopy(namespaceFd);
  closeSync(namespaceFd);
  hideKernelFileSystems(() => mountinfoOf(thread));
  closeSync(thread);
}

function enterNamespace(namespaceFd: number): void {
  // setns(2) refuses a thread that shares its root directory with others.
  unshare(CLONE.FS);
  setns(namespaceFd, CLONE.NEWNS);
  ownMountNamespace();
}

/**
 * In a namespace that is made of one of another user namespace every mount is locked, so that nothing below can be uncovered.
 * A copy of the tree that is made over there and attached here is not.
 */
function enterCopy(namespaceFd: number): void {
  ownMountNamespace();
  const ownFd = openSync('/proc/thread-self/ns/mnt', 'r');
  setns(namespaceFd, CLONE.NEWNS);
  const rootFd = openSync('/', constants.O_RDONLY | constants.O_DIRECTORY);
  const tree = copyMount(rootFd);
  setns(ownFd, CLONE.NEWNS);
  // The place does not matter: nobody else sees it.
  const place = '/proc';
  attachMount(tree, place);
  chroot(place);
  for (const fd of [ownFd, rootFd]) closeSync(fd);
  closeFd(tree);
}

/** Through a descriptor of /proc/<pid>, which never comes to mean another process. */
function openNamespace(subject: Running): number {
  const { pid, startTicks } = subject.init;
  try {
    const fd = openSync(`/proc/${pid}`, constants.O_RDONLY | constants.O_DIRECTORY);
    const process = `/proc/self/fd/${fd}`;
    const stat = readFileSync(`${process}/stat`, 'utf8');
    const started = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]);
    if (started !== startTicks) throw hasEnded(subject);
    return openSync(`${process}/ns/mnt`, 'r');
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ESRCH')) throw hasEnded(subject, error);
    throw error;
  }
}

function hasEnded(subject: Running, cause?: unknown): EngineError {
  return new EngineError('conflict', `container ${subject.container} stopped meanwhile; try again`, {
    cause,
  });
}

const KERNEL_FILE_SYSTEMS = new Set(['proc', 'sysfs', 'cgroup', 'cgroup2', 'mqueue', 'devpts']);

/**
 * A link in /proc (`/proc/1/root`) leads out of any root directory, so a container with the host's pid namespace could
 * send a copy anywhere. Nobody wants the others in a copy either. `mountinfo` is what we see ourselves: init may be in a
 * chroot and see nothing of them.
 */
function hideKernelFileSystems(mountinfo: () => string): void {
  const targets = (): string[] =>
    parseMountinfo(mountinfo())
      .filter(({ type }) => KERNEL_FILE_SYSTEMS.has(type))
      .map(({ target }) => target);
  const all = targets();
  // What is mounted below another goes with it, and so cannot be found any more.
  const outermost = all.filter((target) => !all.some((other) => target.startsWith(`${other}/`)));
  for (const target of outermost) umount(target, MNT_DETACH | UMOUNT_NOFOLLOW);
  const [left] = targets();
  if (left !== undefined) throw new Error(`${left} is hidden by another mount, and no place for a copy`);
}

// ---- stopped ----------------------------------------------------------------------------------------------------

function enterStopped(subject: Stopped): void {
  ownMountNamespace();
  // Sources are of the host: opened before they are out of sight.
  const sources = subject.mounts.map(openSource);
  chroot(mountTree(subject.rootfs));
  for (const [index, { target, readOnly }] of subject.mounts.entries()) {
    const source = sources[index];
    if (source !== undefined) mountSource(source, target, readOnly);
  }
  if (subject.readOnlyRootfs) makeReadOnly('/');
}

interface Source {
  /** A copy of the mount, attached nowhere yet. */
  readonly treeFd: number;
  readonly isDirectory: boolean;
}

function openSource({ source, beneath }: Stopped['mounts'][number]): Source {
  const fd = openPath(source, beneath);
  const treeFd = copyMount(fd);
  const isDirectory = fstatSync(fd).isDirectory();
  closeSync(fd);
  return { treeFd, isDirectory };
}

function mountSource(source: Source, target: string, readOnly: boolean): void {
  makeTarget(target, source.isDirectory);
  attachMount(source.treeFd, target);
  if (readOnly) makeReadOnly(target);
  closeSync(source.treeFd);
}

/** As the container's start would make it. */
function makeTarget(target: string, isDirectory: boolean): void {
  if (statSync(target, { throwIfNoEntry: false }) !== undefined) return;
  mkdirSync(isDirectory ? target : dirname(target), { recursive: true, mode: 0o755 });
  if (!isDirectory) writeFileSync(target, '');
}

function makeReadOnly(target: string): void {
  mount({ source: '', target, type: '', flags: MS.REMOUNT | MS.BIND | MS.RDONLY, data: '' });
}

/** Mounts it over one of its own directories: in this namespace nobody needs that one any more. @returns where */
function mountTree(tree: RootfsMount | OrderView): string {
  const [first] = tree.kind === 'overlay' ? tree.lowerdirs : [tree.source];
  if (first === undefined) throw new Error('unreachable: an overlay without lower directories');
  if (tree.kind === 'bind' || (tree.lowerdirs.length === 1 && !('upperdir' in tree))) {
    bind(first, first, 0);
    return first;
  }
  const target = 'upperdir' in tree ? tree.upperdir : first;
  mount({ source: 'overlay', target, type: 'overlay', flags: 0, data: overlayOptions(tree) });
  return target;
}

/**
 * mount(2) takes one page of options and gives colons and commas a meaning: descriptors have short names without any.
 */
function overlayOptions(tree: Extract<RootfsMount | OrderView, { kind: 'overlay' }>): string {
  const named = (path: string): string =>
    `/proc/self/fd/${openSync(path, constants.O_RDONLY | constants.O_DIRECTORY)}`;
  const options = [`lowerdir=${tree.lowerdirs.map(named).join(':')}`];
  if ('upperdir' in tree) options.push(`upperdir=${named(tree.upperdir)}`, `workdir=${named(tree.workdir)}`);
  return options.join(',');
}
