// What this kernel can do, found out by asking it with arguments that it must refuse: a call that it has says EINVAL,
// EBADF, EFAULT or EPERM, one that it lacks says ENOSYS. Nothing is changed by asking.
import { closeSync, openSync } from 'node:fs';
import { constants } from 'node:os';
import { declare } from './ffi.ts';
import { SyscallError } from './syscall-error.ts';

const cSyscall = declare({
  library: 'libc',
  name: 'syscall',
  params: ['i64', 'i64', 'i64', 'i64', 'i64', 'i64'],
  result: 'i64',
});
const cGetdents = declare({
  library: 'libc',
  name: 'syscall',
  params: ['i64', 'i64', 'buffer', 'i64'],
  result: 'i64',
});

/** Number and refused arguments; the numbers are those of x86_64 and arm64 alike. */
const QUESTIONS = {
  pidfd_send_signal: { number: 424, args: [-1, 0, 0, 0] },
  open_tree: { number: 428, args: [-1, 0, 0, 0] },
  move_mount: { number: 429, args: [-1, 0, -1, 0] },
  fsopen: { number: 430, args: [0, 0, 0, 0] },
  fsconfig: { number: 431, args: [-1, 0, 0, 0] },
  fsmount: { number: 432, args: [-1, 0, 0, 0] },
  pidfd_open: { number: 434, args: [0, 0, 0, 0] },
  clone3: { number: 435, args: [0, 0, 0, 0] },
  close_range: { number: 436, args: [1, 0, 0, 0] },
  openat2: { number: 437, args: [-1, 0, 0, 0] },
  mount_setattr: { number: 442, args: [-1, 0, 0, 0] },
} as const;
export type NewSyscall = keyof typeof QUESTIONS;

/** The calls that came with Linux 5.1 to 5.12 and that an engine wants. */
export const NEW_SYSCALLS: readonly NewSyscall[] = [
  'pidfd_send_signal',
  'open_tree',
  'move_mount',
  'fsopen',
  'fsconfig',
  'fsmount',
  'pidfd_open',
  'clone3',
  'close_range',
  'openat2',
  'mount_setattr',
];

/** Whether the kernel (and a seccomp filter over this process) lets the call through. */
export function hasSyscall(name: NewSyscall): boolean {
  const { number, args } = QUESTIONS[name];
  const { value, errno } = cSyscall(number, ...args, 0);
  return !(value === -1 && errno === constants.errno.ENOSYS);
}

const SYS_GETDENTS64 = process.arch === 'arm64' ? 61 : 217;
const DT_UNKNOWN = 0;

/**
 * Whether the file system of a directory tells the types of its entries, which overlayfs needs. `.` and `..` are entries
 * in every directory, so an empty one will do. getdents64(2): ino u64, offset i64, length u16, type u8, name.
 */
export function tellsEntryTypes(directory: string): boolean {
  const fd = openSync(directory, 'r');
  try {
    const buffer = Buffer.alloc(4096);
    const { value, errno } = cGetdents(SYS_GETDENTS64, fd, buffer, buffer.length);
    if (value < 0) throw new SyscallError('getdents64', errno, directory);
    return value > 18 && buffer.readUInt8(18) !== DT_UNKNOWN;
  } finally {
    closeSync(fd);
  }
}
