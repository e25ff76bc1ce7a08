// Mounts by descriptor: what was opened is what is mounted, whatever its path leads to by then.
import { type CArgument, type CResult, type CType, declare } from './ffi.ts';
import { SyscallError } from './syscall-error.ts';
import { closeFd, O_CLOEXEC } from './syscalls.ts';

function syscall(params: readonly CType[]): (...args: CArgument[]) => CResult {
  return declare({ library: 'libc', name: 'syscall', params: ['i64', ...params], result: 'i32' });
}

function check(name: string, result: CResult, subject: string): number {
  if (result.value < 0) throw new SyscallError(name, result.errno, subject);
  return result.value;
}

const cOpenTree = syscall(['i64', 'string', 'i64']);
const cMoveMount = syscall(['i64', 'string', 'i64', 'string', 'i64']);
const cOpenat2 = syscall(['i64', 'string', 'buffer', 'i64']);
const NUMBER = { openTree: 428, moveMount: 429, openat2: 437 };
const AT_FDCWD = -100;
const AT_EMPTY_PATH = 0x1000;
const AT_RECURSIVE = 0x8000;
const OPEN_TREE_CLONE = 1;
const MOVE_MOUNT_F_EMPTY_PATH = 0x04;
const MOVE_MOUNT_T_SYMLINKS = 0x10;
const O_PATH = 0o10000000n;
const RESOLVE = { NO_MAGICLINKS: 2n, BENEATH: 8n };

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

function openat2(directory: number, path: string, resolve: bigint): number {
  // struct open_how { u64 flags, mode, resolve }
  const how = Buffer.alloc(24);
  how.writeBigUInt64LE(O_PATH | BigInt(O_CLOEXEC), 0);
  how.writeBigUInt64LE(resolve, 16);
  return check('openat2', cOpenat2(NUMBER.openat2, directory, path, how, how.length), path);
}

/** open_tree(2), Linux 5.2: a copy of the mount at a descriptor with everything below it, attached nowhere. */
export function copyMount(fd: number): number {
  const flags = OPEN_TREE_CLONE | AT_EMPTY_PATH | AT_RECURSIVE | O_CLOEXEC;
  return check('open_tree', cOpenTree(NUMBER.openTree, fd, '', flags), `fd ${fd}`);
}

/** move_mount(2), Linux 5.2: attaches such a copy. Follows links in the target. */
export function attachMount(treeFd: number, target: string): void {
  const flags = MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_SYMLINKS;
  check('move_mount', cMoveMount(NUMBER.moveMount, treeFd, '', AT_FDCWD, target, flags), target);
}
