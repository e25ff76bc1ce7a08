// Reading and writing the files of one cgroup directory.
import { closeSync, constants, existsSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { makeDirectories } from '../../native/make-directories.ts';
import { parseMountinfo } from '../../native/mountinfo.ts';
import { errnoCode, errnoText, isErrno } from '../../native/syscall-error.ts';

/** A limit that the kernel refused: what was tried, on what, and what it said. */
export class CgroupError extends Error {
  override readonly name = 'CgroupError';
}

/** `invalid argument (EINVAL)` for an error of node:fs, which puts the code first and the call last. */
export function kernelWords(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (!('errno' in error) || typeof error.errno !== 'number') return error.message;
  return `${errnoText(-error.errno)} (${errnoCode(-error.errno)})`;
}

/** Trimmed content; undefined where there is no such file or directory. */
export function readCgroupFile(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    // ENODEV: the cgroup was removed while the file was open.
    if (isErrno(error, 'ENOENT', 'ENODEV', 'ENOTDIR')) return undefined;
    throw error;
  }
}

/** One write; never creates. Throws node:fs's error. */
export function writeCgroupFile(path: string, value: string): void {
  const fd = openSync(path, constants.O_WRONLY);
  try {
    writeSync(fd, value);
  } finally {
    closeSync(fd);
  }
}

/**
 * Makes a v1 directory, and its parents where they are missing. A new cpuset is empty, and nobody may enter before it
 * has CPUs and nodes: our own parents hand theirs to each new child.
 */
export function makeV1Directory(path: string, mountPoint: string, isCpuset: boolean): void {
  if (!tryMake(path)) {
    for (const directory of downTo(path, mountPoint)) {
      makeDirectories(directory, 0o755);
      if (isCpuset) prepareCpuset(directory);
    }
  } else if (isCpuset && readCgroupFile(join(path, 'cpuset.cpus')) === '') {
    for (const directory of downTo(path, mountPoint)) prepareCpuset(directory);
  }
}

/** False where the parent is missing. */
function tryMake(path: string): boolean {
  try {
    mkdirSync(path, { mode: 0o755 });
    return true;
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return true;
    if (isErrno(error, 'ENOENT')) return false;
    throw error;
  }
}

/** Every directory between the mount point and `path`, from the top, with `path`, without the mount point. */
export function downTo(path: string, mountPoint: string): string[] {
  return path === mountPoint || !path.startsWith(mountPoint)
    ? []
    : [...downTo(dirname(path), mountPoint), path];
}

function prepareCpuset(directory: string): void {
  for (const file of ['cpuset.cpus', 'cpuset.mems']) {
    const path = join(directory, file);
    if (readCgroupFile(path) !== '') continue;
    writeCgroupFile(path, readCgroupFile(join(dirname(directory), file)) ?? '');
  }
  // cgroup-v1/cpusets: a child that is made from now on begins with its parent's.
  writeCgroupFile(join(directory, 'cgroup.clone_children'), '1');
}

/**
 * Makes a v2 directory and missing parents below `top`, which is there.
 * @param handsDown false where the hierarchy has no controllers to hand down
 */
export function makeV2Directory(path: string, top: string, handsDown: boolean): void {
  if (!handsDown && tryMake(path)) return;
  for (const directory of downTo(path, top)) {
    if (handsDown) handDown(dirname(directory));
    makeDirectories(directory, 0o755);
  }
}

/**
 * Hands one more controller down to a v2 directory that is there. For those that few containers want: a controller
 * costs each cgroup below a little, and cannot be handed down by a cgroup that has processes of its own.
 */
export function handDownTo(path: string, mountPoint: string, controller: string): void {
  for (const directory of downTo(path, mountPoint)) handDown(dirname(directory), [controller]);
}

const WANTED = ['cpu', 'cpuset', 'memory', 'pids', 'io'];

function handDown(directory: string, wanted: readonly string[] = WANTED): void {
  const offered = readCgroupFile(join(directory, 'cgroup.controllers')) ?? '';
  if (offered === '') return;
  const enabled = new Set((readCgroupFile(join(directory, 'cgroup.subtree_control')) ?? '').split(' '));
  const missing = wanted.filter((name) => offered.split(' ').includes(name) && !enabled.has(name));
  if (missing.length === 0) return;
  const value = missing.map((name) => `+${name}`).join(' ');
  const file = join(directory, 'cgroup.subtree_control');
  try {
    if (!tryWrite(file, value)) {
      makeRoom(directory);
      writeCgroupFile(file, value);
    }
  } catch (error) {
    // A v2 cgroup with processes of its own cannot hand controllers down (cgroup-v2, "no internal processes").
    throw new CgroupError(`write ${value} to ${file}: ${String(error)}`, {
      cause: error,
    });
  }
}

/** False where processes of its own are in the way. */
function tryWrite(file: string, value: string): boolean {
  try {
    writeCgroupFile(file, value);
    return true;
  } catch (error) {
    if (isErrno(error, 'EBUSY')) return false;
    throw error;
  }
}

/** Where the processes go that were in the cgroup which a container has for its root. */
const OUTER = 'outer';

/**
 * In a container the root that we see is an ordinary cgroup, with the container's own processes in it, ours among them:
 * they move into a leaf beside the containers that we make (as Docker in Docker does). Only there: a cgroup that is not a
 * namespace's root belongs to somebody who knows why its processes are in it, and is left alone.
 */
function makeRoom(directory: string): void {
  if (!isNamespaceRoot(directory)) return;
  const leaf = join(directory, OUTER);
  mkdirSync(leaf, { recursive: true });
  const procs = join(directory, 'cgroup.procs');
  // A process may be forked meanwhile, in the cgroup of its parent.
  for (let round = 0; round < EVICTION_ROUNDS; round += 1) {
    const pids = (readCgroupFile(procs) ?? '').split('\n').filter(Boolean);
    if (pids.length === 0) return;
    for (const pid of pids) moveTo(leaf, pid);
  }
}

const EVICTION_ROUNDS = 10;

function moveTo(leaf: string, pid: string): void {
  try {
    writeCgroupFile(join(leaf, 'cgroup.procs'), pid);
  } catch (error) {
    if (!isErrno(error, 'ESRCH')) throw error;
  }
}

/** The machine's own root has no cgroup.type (and no such trouble); the mount of a namespace's root shows `/` as its root. */
function isNamespaceRoot(directory: string): boolean {
  const isMounted = parseMountinfo(readFileSync('/proc/self/mountinfo', 'utf8')).some(
    ({ target, type, root }) => target === directory && type === 'cgroup2' && root === '/',
  );
  return isMounted && existsSync(join(directory, 'cgroup.type'));
}
