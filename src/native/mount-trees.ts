// Mounts by descriptor: what was opened is what is mounted, whatever its path leads to by then.
import { check, libc } from './libc.ts';
import { AT_EMPTY_PATH, AT_FDCWD, openat2, OPEN_TREE_CLONE, openTree, RESOLVE } from './open-paths.ts';
import { closeFd, O_CLOEXEC } from './syscalls.ts';

const cMoveMount = libc('syscall', ['i64', 'i64', 'string', 'i64', 'string', 'i64']);
const SYS_MOVE_MOUNT = 429;
const AT_RECURSIVE = 0x8000;
const MOVE_MOUNT_F_EMPTY_PATH = 0x04;
const MOVE_MOUNT_T_SYMLINKS = 0x10;

/**
 * openat2(2) with O_PATH, Linux 5.6. With `beneath`, a directory above the path, no link on the way may lead out of it
 * (EXDEV). Throws SyscallError.
 */
export function openPath(path: string, beneath?: string): number {
  if (beneath === undefined) return openat2(AT_FDCWD, path, 0n);
  if (!path.startsWith(`${beneath}/`)) throw new Error(`unreachable: ${path} does not lie in ${beneath}`);
  const directory = openat2(AT_FDCWD, beneath, 0n);
  try {
    return openat2(directory, path.slice(beneath.length + 1), RESOLVE.BENEATH | RESOLVE.NO_MAGICLINKS);
  } finally {
    closeFd(directory);
  }
}

/** open_tree(2), Linux 5.2: a copy of the mount at a descriptor with everything below it, attached nowhere. */
export function copyMount(fd: number): number {
  return openTree(fd, '', OPEN_TREE_CLONE | AT_EMPTY_PATH | AT_RECURSIVE | O_CLOEXEC);
}

/** move_mount(2), Linux 5.2: attaches such a copy. Follows links in the target. */
export function attachMount(treeFd: number, target: string): void {
  const flags = MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_SYMLINKS;
  check('move_mount', cMoveMount(SYS_MOVE_MOUNT, treeFd, '', AT_FDCWD, target, flags), target);
}
