// The system calls that node:fs does not have, typed; each throws SyscallError where the kernel says no.
// One call a function, no policy. Numbers and flags are those of the kernel's uapi headers on x86_64 and arm64.
import { constants } from 'node:os';
import { type CArgument, type CResult, type CType, allocate, declare } from './ffi.ts';
import { SyscallError } from './syscall-error.ts';

function libc(name: string, params: readonly CType[]): (...args: CArgument[]) => CResult {
  return declare({ library: 'libc', name, params, result: 'i64' });
}

/** Calls, and throws SyscallError on -1. @param subject what the call was about, for the message */
function check(syscall: string, result: CResult, subject?: string): number {
  // An int result of -1 may arrive zero-extended: libffi leaves the upper half of the register as it was.
  if (result.value === -1 || result.value === 0xffff_ffff)
    throw new SyscallError(syscall, result.errno, subject);
  return result.value;
}

// ---- namespaces -------------------------------------------------------------------------------------------------

export const CLONE = {
  /** unshare only: root and working directory of this thread become its own. */
  FS: 0x0000_0200,
  NEWNS: 0x0002_0000,
  NEWCGROUP: 0x0200_0000,
  NEWUTS: 0x0400_0000,
  NEWIPC: 0x0800_0000,
  NEWUSER: 0x1000_0000,
  NEWPID: 0x2000_0000,
  NEWNET: 0x4000_0000,
  NEWTIME: 0x0000_0080,
} as const;

const cUnshare = libc('unshare', ['i32']);
const cSetns = libc('setns', ['i32', 'i32']);
const cChroot = libc('chroot', ['string']);

/** unshare(2): the calling thread only. */
export function unshare(flags: number): void {
  check('unshare', cUnshare(flags), `0x${flags.toString(16)}`);
}

/** setns(2): the calling thread only; callers must come back before anything asynchronous runs. */
export function setns(fd: number, kind: number): void {
  check('setns', cSetns(fd, kind), `fd ${fd}`);
}

/** chroot(2): the whole process, all threads; only for helper processes made for it. */
export function chroot(path: string): void {
  check('chroot', cChroot(path), path);
}

// ---- mounts -----------------------------------------------------------------------------------------------------

/** Flags of mount(2), <sys/mount.h>. */
export const MS = {
  RDONLY: 1,
  NOSUID: 2,
  NODEV: 4,
  NOEXEC: 8,
  SYNCHRONOUS: 16,
  REMOUNT: 32,
  MANDLOCK: 64,
  DIRSYNC: 128,
  NOSYMFOLLOW: 256,
  NOATIME: 1024,
  NODIRATIME: 2048,
  BIND: 4096,
  MOVE: 8192,
  REC: 16384,
  SILENT: 32768,
  UNBINDABLE: 1 << 17,
  PRIVATE: 1 << 18,
  SLAVE: 1 << 19,
  SHARED: 1 << 20,
  RELATIME: 1 << 21,
  STRICTATIME: 1 << 24,
  LAZYTIME: 1 << 25,
} as const;
export const MNT_DETACH = 2;
export const UMOUNT_NOFOLLOW = 8;

const cMount = libc('mount', ['string', 'string', 'string', 'i64', 'string']);
const cUmount2 = libc('umount2', ['string', 'i32']);

export interface MountArguments {
  readonly source: string;
  readonly target: string;
  readonly type: string;
  readonly flags: number;
  /** File system options, comma separated. At most one page (4,096 bytes). */
  readonly data: string;
}

/** mount(2). */
export function mount(options: MountArguments): void {
  const { source, target, type, flags, data } = options;
  check('mount', cMount(source, target, type, flags, data), `${type} ${source} on ${target}`);
}

/** umount2(2). */
export function umount(target: string, flags = 0): void {
  check('umount2', cUmount2(target, flags), target);
}

// ---- files ------------------------------------------------------------------------------------------------------

const cMknod = libc('mknod', ['buffer', 'u32', 'i64']);
const cMkfifo = libc('mkfifo', ['string', 'u32']);
const cLsetxattr = libc('lsetxattr', ['buffer', 'string', 'buffer', 'i64', 'i32']);
const cUtimensat = libc('utimensat', ['i32', 'buffer', 'buffer', 'i32']);
const AT_FDCWD = -100;
const AT_SYMLINK_NOFOLLOW = 0x100;
const cLgetxattr = libc('lgetxattr', ['buffer', 'string', 'buffer', 'i64']);
const cLlistxattr = libc('llistxattr', ['buffer', 'buffer', 'i64']);
const cFlock = libc('flock', ['i32', 'i32']);

/** A name as the kernel has it: bytes without a zero. A string stands for its UTF-8. */
export type FilePath = string | Buffer;

function cString(path: FilePath): Buffer {
  return Buffer.concat([typeof path === 'string' ? Buffer.from(path) : path, Buffer.alloc(1)]);
}

/** Device number as mknod(2) and st_rdev have it (glibc's gnu_dev_makedev). */
export function makeDev(major: number, minor: number): number {
  const low = ((minor & 0xff) | ((major & 0xfff) << 8)) >>> 0;
  return low + (minor >>> 8) * 0x10_0000 + (major >>> 12) * 0x1000_0000_0000;
}

/** mknod(2). @param mode S_IFCHR, S_IFBLK, S_IFIFO or S_IFSOCK with permissions; the umask applies */
export function mknod(path: FilePath, mode: number, device: number): void {
  check('mknod', cMknod(cString(path), mode, device), String(path));
}

/** mkfifo(3). */
export function mkfifo(path: string, mode: number): void {
  check('mkfifo', cMkfifo(path, mode), path);
}

/** lsetxattr(2): does not follow a symbolic link. */
export function setXattr(path: FilePath, name: string, value: Uint8Array): void {
  // KERNEL: an empty Buffer has no address; the length of 0 keeps the byte that stands in for it from being read.
  const bytes = value.length === 0 ? Buffer.alloc(1) : value;
  check('lsetxattr', cLsetxattr(cString(path), name, bytes, value.length, 0), `${name} of ${String(path)}`);
}

/** utimensat(2) on the file itself, never its target; node:fs rounds to the precision of a double. */
export function setMtime(path: FilePath, mtimeNanos: bigint): void {
  const seconds = BigInt.asIntN(
    64,
    mtimeNanos / 1_000_000_000n - (mtimeNanos % 1_000_000_000n < 0n ? 1n : 0n),
  );
  const times = Buffer.alloc(32);
  for (const offset of [0, 16]) {
    times.writeBigInt64LE(seconds, offset);
    times.writeBigInt64LE(mtimeNanos - seconds * 1_000_000_000n, offset + 8);
  }
  check('utimensat', cUtimensat(AT_FDCWD, cString(path), times, AT_SYMLINK_NOFOLLOW), String(path));
}

/** lgetxattr(2); undefined where there is no such attribute. */
export function getXattr(path: FilePath, name: string): Buffer | undefined {
  const buffer = Buffer.alloc(65_536);
  const result = cLgetxattr(cString(path), name, buffer, buffer.length);
  if (result.value < 0 && result.errno === constants.errno.ENODATA) return undefined;
  return buffer.subarray(0, check('lgetxattr', result, `${name} of ${String(path)}`));
}

/** llistxattr(2). */
export function listXattrs(path: FilePath): string[] {
  const buffer = Buffer.alloc(65_536);
  const length = check('llistxattr', cLlistxattr(cString(path), buffer, buffer.length), String(path));
  return buffer.toString('utf8', 0, length).split('\0').filter(Boolean);
}

export const LOCK = { SH: 1, EX: 2, NB: 4, UN: 8 } as const;

/** flock(2) without waiting; false where another holds the lock. */
export function tryFlock(fd: number, operation: number): boolean {
  const result = cFlock(fd, operation | LOCK.NB);
  if (result.value !== 0 && result.errno === constants.errno.EWOULDBLOCK) return false;
  check('flock', result, `fd ${fd}`);
  return true;
}

// ---- processes and descriptors ----------------------------------------------------------------------------------

const cPipe2 = libc('pipe2', ['buffer', 'i32']);
const cClose = libc('close', ['i32']);
const cWaitpid = libc('waitpid', ['i32', 'buffer', 'i32']);
const cMemfdCreate = libc('memfd_create', ['string', 'u32']);
const cFcntl = libc('fcntl', ['i32', 'i32', 'i32']);
const cSyscall3 = libc('syscall', ['i64', 'i64', 'i64', 'i64']);
const cGetpid = libc('getpid', []);

export const O_CLOEXEC = 0o2000000;
const SYS_PIDFD_OPEN = 434;

/** pipe2(2) with O_CLOEXEC. */
export function pipe(): { readFd: number; writeFd: number } {
  const fds = Buffer.alloc(8);
  check('pipe2', cPipe2(fds, O_CLOEXEC));
  return { readFd: fds.readInt32LE(0), writeFd: fds.readInt32LE(4) };
}

/** close(2), for descriptors that node:fs did not open. */
export function closeFd(fd: number): void {
  check('close', cClose(fd), `fd ${fd}`);
}

/** memfd_create(2) with MFD_CLOEXEC. */
export function memfdCreate(name: string): number {
  return check('memfd_create', cMemfdCreate(name, 1), name);
}

/** fcntl(2) with an integer argument. */
export function fcntl(fd: number, command: number, argument: number): number {
  return check('fcntl', cFcntl(fd, command, argument), `fd ${fd}`);
}

/** waitpid(2); undefined where WNOHANG (1) was given and the child still runs. */
export function waitpid(pid: number, options = 0): { pid: number; status: number } | undefined {
  const status = Buffer.alloc(4);
  const got = check('waitpid', cWaitpid(pid, status, options), `pid ${pid}`);
  return got === 0 ? undefined : { pid: got, status: status.readInt32LE(0) };
}

/** pidfd_open(2): a descriptor that keeps naming this very process after its pid has been taken by another. */
export function pidfdOpen(pid: number): number {
  return check('pidfd_open', cSyscall3(SYS_PIDFD_OPEN, pid, 0, 0), `pid ${pid}`);
}

/** getpid(2), through the same path as every call: the cheapest proof that ffi works on this machine. */
export function getpid(): number {
  return check('getpid', cGetpid());
}

// ---- posix_spawn ------------------------------------------------------------------------------------------------

const cFileActionsInit = libc('posix_spawn_file_actions_init', ['pointer']);
const cFileActionsDup2 = libc('posix_spawn_file_actions_adddup2', ['pointer', 'i32', 'i32']);
const cFileActionsDestroy = libc('posix_spawn_file_actions_destroy', ['pointer']);
const cPosixSpawn = libc('posix_spawn', ['buffer', 'string', 'pointer', 'pointer', 'buffer', 'buffer']);
/** sizeof(posix_spawn_file_actions_t) is 80 with glibc on 64 bit; more does no harm. */
const FILE_ACTIONS_SIZE = 256;

export interface SpawnOptions {
  readonly path: string;
  readonly argv: readonly string[];
  readonly env: readonly string[];
  /** Parent descriptor → child descriptor; everything else that is close-on-exec stays here. */
  readonly fds: ReadonlyMap<number, number>;
}

/** A table of C strings with a closing NULL; the strings and the table live until disposed of. */
function stringTable(strings: readonly string[]): { bytes: Buffer } & Disposable {
  const parts = strings.map((text) => Buffer.from(`${text}\0`, 'utf8'));
  const block = allocate(Buffer.concat([...parts, Buffer.alloc(1)]));
  const bytes = Buffer.alloc(8 * (strings.length + 1));
  let address = block.address;
  for (const [index, part] of parts.entries()) {
    bytes.writeBigUInt64LE(BigInt(address), 8 * index);
    address += part.length;
  }
  return { bytes, [Symbol.dispose]: () => block[Symbol.dispose]() };
}

/**
 * posix_spawn(3): 0.13 ms where fork from a process of 200 MB takes 6 ms, since it does not copy page tables.
 * Returns the child's pid; the caller must waitpid it.
 */
export function posixSpawn(options: SpawnOptions): number {
  using argv = stringTable(options.argv);
  using env = stringTable(options.env);
  using actions = allocate(Buffer.alloc(FILE_ACTIONS_SIZE));
  const pid = Buffer.alloc(4);
  cFileActionsInit(actions.address);
  try {
    for (const [from, to] of options.fds) cFileActionsDup2(actions.address, from, to);
    const { value } = cPosixSpawn(pid, options.path, actions.address, 0, argv.bytes, env.bytes);
    // posix_spawn returns the error number, and leaves errno alone.
    if (value !== 0) throw new SyscallError('posix_spawn', value, options.path);
  } finally {
    cFileActionsDestroy(actions.address);
  }
  return pid.readInt32LE(0);
}
