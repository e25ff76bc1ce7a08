// Descriptors that processes hand to each other: socket pairs, duplicates, a file behind a mount that is read-only.
import { check, libc } from './libc.ts';
import { SyscallError } from './syscall-error.ts';
import { AT_EMPTY_PATH, AT_FDCWD, openat2, OPEN_TREE_CLONE, openTree, RESOLVE } from './open-paths.ts';
import { closeFd, fcntl, O_CLOEXEC } from './syscalls.ts';

const AF_UNIX = 1;
const SOCK_STREAM = 1;
const SOCK_CLOEXEC = 0o2000000;
const F_DUPFD_CLOEXEC = 1030;

const cSocketpair = libc('socketpair', ['i32', 'i32', 'i32', 'buffer']);

/** socketpair(2): connected unix stream sockets, close-on-exec. */
export function socketPair(): readonly [number, number] {
  const fds = Buffer.alloc(8);
  check('socketpair', cSocketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 'AF_UNIX');
  return [fds.readInt32LE(0), fds.readInt32LE(4)];
}

/** fcntl(2) F_DUPFD_CLOEXEC: a duplicate with a number of at least `least`. */
export function duplicateAbove(fd: number, least: number): number {
  return fcntl(fd, F_DUPFD_CLOEXEC, least);
}

const cMountSetattr = libc('syscall', ['i64', 'i64', 'string', 'i64', 'buffer', 'i64']);
const SYS_MOUNT_SETATTR = 442;
const MOUNT_ATTR_RDONLY = 1n;

/**
 * A descriptor of a file on a detached read-only mount of its own (open_tree(2), mount_setattr(2), Linux 5.12): a
 * program executed through it can't be written to by way of /proc/<pid>/exe, whoever gets hold of that.
 * Throws SyscallError; EPERM and ENOSYS are expected without CAP_SYS_ADMIN and on older kernels.
 */
export function openReadOnlyCopy(path: string): number {
  const fd = openTree(AT_FDCWD, path, OPEN_TREE_CLONE | O_CLOEXEC);
  // struct mount_attr { u64 attr_set, attr_clr, propagation, userns_fd }
  const attributes = Buffer.alloc(32);
  attributes.writeBigUInt64LE(MOUNT_ATTR_RDONLY, 0);
  const result = cMountSetattr(SYS_MOUNT_SETATTR, fd, '', AT_EMPTY_PATH, attributes, attributes.length);
  if (result.value === 0) return fd;
  closeFd(fd);
  throw new SyscallError('mount_setattr', result.errno, path);
}

const cStatx = libc('syscall', ['i64', 'i64', 'string', 'i64', 'i64', 'buffer']);
const SYS_STATX = process.arch === 'arm64' ? 291 : 332;
const STATX_MNT_ID = 0x1000;
const STATX_ATTR_MOUNT_ROOT = 0x2000n;

/**
 * openat2(2) with O_PATH and RESOLVE_IN_ROOT: no symbolic link leads out of the directory behind `rootFd`. Throws
 * SyscallError.
 */
export function openInRoot(rootFd: number, path: string): number {
  return openat2(rootFd, path, RESOLVE.IN_ROOT | RESOLVE.NO_MAGICLINKS);
}

export interface MountOfFile {
  /** First field of mountinfo; undefined before Linux 5.8. */
  readonly id: number | undefined;
  /** The file is what is mounted, not something below it. */
  readonly isRoot: boolean;
}

/** statx(2): which mount the file behind a descriptor was reached through. */
export function mountOfFile(fd: number): MountOfFile {
  const statx = Buffer.alloc(256);
  check('statx', cStatx(SYS_STATX, fd, '', AT_EMPTY_PATH, STATX_MNT_ID, statx), `fd ${fd}`);
  const hasId = (statx.readUInt32LE(0) & STATX_MNT_ID) !== 0;
  return {
    id: hasId ? Number(statx.readBigUInt64LE(0x90)) : undefined,
    isRoot: (statx.readBigUInt64LE(8) & STATX_ATTR_MOUNT_ROOT) !== 0n,
  };
}

const cPidfdSendSignal = libc('syscall', ['i64', 'i64', 'i64', 'pointer', 'i64']);
const SYS_PIDFD_SEND_SIGNAL = 424;

/** pidfd_send_signal(2): throws SyscallError with ESRCH once the process has ended. */
export function pidfdSendSignal(pidfd: number, signal: number): void {
  check('pidfd_send_signal', cPidfdSendSignal(SYS_PIDFD_SEND_SIGNAL, pidfd, signal, 0, 0), `pidfd ${pidfd}`);
}
