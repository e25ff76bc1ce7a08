// Reading and writing the files of one cgroup directory.
import { closeSync, constants, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isErrno } from '../../native/syscall-error.ts';

/** A limit that the kernel refused: what was tried, on what, and what it said. */
export class CgroupError extends Error {
  override readonly name = 'CgroupError';
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
      mkdirSync(directory, { recursive: true, mode: 0o755 });
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

/** Makes a v2 directory and missing parents. @param handsDown false where the hierarchy has no controllers to hand down */
export function makeV2Directory(path: string, mountPoint: string, handsDown: boolean): void {
  if (!handsDown && tryMake(path)) return;
  for (const directory of downTo(path, mountPoint)) {
    if (handsDown) handDown(dirname(directory));
    mkdirSync(directory, { recursive: true, mode: 0o755 });
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
  try {
    writeCgroupFile(join(directory, 'cgroup.subtree_control'), value);
  } catch (error) {
    // A v2 cgroup with processes of its own cannot hand controllers down (cgroup-v2, "no internal processes").
    throw new CgroupError(`write ${value} to ${directory}/cgroup.subtree_control: ${String(error)}`, {
      cause: error,
    });
  }
}
