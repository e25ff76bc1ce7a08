// Descriptors that processes hand to each other: socket pairs, duplicates, a file behind a mount that is read-only.
import { type CArgument, type CResult, type CType, declare } from './ffi.ts';
import { SyscallError } from './syscall-error.ts';
import { closeFd, fcntl } from './syscalls.ts';

function libc(name: string, params: readonly CType[]): (...args: CArgument[]) => CResult {
  return declare({ library: 'libc', name, params, result: 'i32' });
}

function check(syscall: string, result: CResult, subject: string): number {
  if (result.value < 0) throw new SyscallError(syscall, result.errno, subject);
  return result.value;
}

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

const cOpenTree = libc('syscall', ['i64', 'i64', 'string', 'i64']);
const cMountSetattr = libc('syscall', ['i64', 'i64', 'string', 'i64', 'buffer', 'i64']);
const SYS_OPEN_TREE = 428;
const SYS_MOUNT_SETATTR = 442;
const AT_FDCWD = -100;
const AT_EMPTY_PATH = 0x1000;
const OPEN_TREE_CLONE = 1;
const MOUNT_ATTR_RDONLY = 1n;

/**
 * A descriptor of a file on a detached read-only mount of its own (open_tree(2), mount_setattr(2), Linux 5.12): a
 * program executed through it can't be written to by way of /proc/<pid>/exe, whoever gets hold of that.
 * Throws SyscallError; EPERM and ENOSYS are expected without CAP_SYS_ADMIN and on older kernels.
 */
export function openReadOnlyCopy(path: string): number {
  const fd = check(
    'open_tree',
    cOpenTree(SYS_OPEN_TREE, AT_FDCWD, path, OPEN_TREE_CLONE | SOCK_CLOEXEC),
    path,
  );
  // struct mount_attr { u64 attr_set, attr_clr, propagation, userns_fd }
  const attributes = Buffer.alloc(32);
  attributes.writeBigUInt64LE(MOUNT_ATTR_RDONLY, 0);
  const result = cMountSetattr(SYS_MOUNT_SETATTR, fd, '', AT_EMPTY_PATH, attributes, attributes.length);
  if (result.value === 0) return fd;
  closeFd(fd);
  throw new SyscallError('mount_setattr', result.errno, path);
}

const cOpenat2 = libc('syscall', ['i64', 'i64', 'string', 'buffer', 'i64']);
const cStatx = libc('syscall', ['i64', 'i64', 'string', 'i64', 'i64', 'buffer']);
const SYS_OPENAT2 = 437;
const SYS_STATX = process.arch === 'arm64' ? 291 : 332;
const O_PATH = 0o10000000n;
const RESOLVE_NO_MAGICLINKS = 0x02n;
const RESOLVE_IN_ROOT = 0x10n;
const STATX_MNT_ID = 0x1000;
const STATX_ATTR_MOUNT_ROOT = 0x2000n;

/**
 * openat2(2) with O_PATH and RESOLVE_IN_ROOT: no symbolic link leads out of the directory behind `rootFd`. Throws
 * SyscallError.
 */
export function openInRoot(rootFd: number, path: string): number {
  // struct open_how { u64 flags, mode, resolve }
  const how = Buffer.alloc(24);
  how.writeBigUInt64LE(O_PATH | BigInt(SOCK_CLOEXEC), 0);
  how.writeBigUInt64LE(RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS, 16);
  return check('openat2', cOpenat2(SYS_OPENAT2, rootFd, path, how, how.length), path);
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
