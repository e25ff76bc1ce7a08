// openat2(2), Linux 5.6, and open_tree(2), Linux 5.2: paths as descriptors.
import { constants } from 'node:fs';
import { check, libc } from './libc.ts';
import { O_CLOEXEC } from './syscalls.ts';

const cOpenat2 = libc('syscall', ['i64', 'i64', 'string', 'buffer', 'i64']);
const cOpenat2Bytes = libc('syscall', ['i64', 'i64', 'buffer', 'buffer', 'i64']);
const cOpenTree = libc('syscall', ['i64', 'i64', 'string', 'i64']);
const SYS = { OPENAT2: 437, OPEN_TREE: 428 } as const;
const O_PATH = 0o10000000n;
const O_RDONLY = 0n;
const O_DIRECTORY = BigInt(constants.O_DIRECTORY);

export const AT_FDCWD = -100;
export const AT_EMPTY_PATH = 0x1000;
export const RESOLVE = { NO_MAGICLINKS: 0x02n, NO_SYMLINKS: 0x04n, BENEATH: 0x08n, IN_ROOT: 0x10n } as const;
export const OPEN_TREE_CLONE = 1;

/** With O_PATH. Throws SyscallError. @param resolve RESOLVE bits */
export function openat2(directory: number, path: string, resolve: bigint): number {
  return open(directory, path, openHow(O_PATH, resolve));
}

/** Of a directory whose names nobody chooses. Throws SyscallError. */
export function openForReading(directory: number, name: string): number {
  return open(directory, name, openHow(O_RDONLY, RESOLVE.BENEATH));
}

/** To read its names. Throws SyscallError, ELOOP where the path leads through a symbolic link. @param path relative */
export function openDirectoryBelow(directory: number, path: Buffer): number {
  const how = openHow(O_RDONLY | O_DIRECTORY, RESOLVE.BENEATH | RESOLVE.NO_SYMLINKS);
  const result = cOpenat2Bytes(
    SYS.OPENAT2,
    directory,
    Buffer.concat([path, Buffer.alloc(1)]),
    how,
    how.length,
  );
  return check('openat2', result, path.toString());
}

function openHow(flags: bigint, resolve: bigint): Buffer {
  // struct open_how { u64 flags, mode, resolve }
  const how = Buffer.alloc(24);
  how.writeBigUInt64LE(flags | BigInt(O_CLOEXEC), 0);
  how.writeBigUInt64LE(resolve, 16);
  return how;
}

function open(directory: number, path: string, how: Buffer): number {
  return check('openat2', cOpenat2(SYS.OPENAT2, directory, path, how, how.length), path);
}

/** Throws SyscallError. @param path '' for what the descriptor is, with AT_EMPTY_PATH among the flags */
export function openTree(directory: number, path: string, flags: number): number {
  const subject = path === '' ? `fd ${directory}` : path;
  return check('open_tree', cOpenTree(SYS.OPEN_TREE, directory, path, flags), subject);
}
