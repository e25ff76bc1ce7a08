// Inode attributes of ext4, xfs and btrfs (ioctl_iflags(2)): what chattr(1) sets.
import { closeSync, constants, openSync } from 'node:fs';
import { declare } from './ffi.ts';
import { SyscallError, isErrno } from './syscall-error.ts';

/** FS_IOC_GETFLAGS and FS_IOC_SETFLAGS of <linux/fs.h>; the argument is an int, whatever the name says. */
const GETFLAGS = 0x8008_6601;
const SETFLAGS = 0x4008_6602;
const IMMUTABLE = 0x10;
const APPEND_ONLY = 0x20;

const cIoctl = declare({ library: 'libc', name: 'ioctl', params: ['i32', 'i64', 'buffer'], result: 'i32' });

/** Makes a file or directory removable again; a file system without such flags is left as it is. */
export function clearInodeFlags(path: string): void {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const flags = Buffer.alloc(8);
    ioctl({ fd, request: GETFLAGS, path }, flags);
    const old = flags.readUInt32LE(0);
    const cleared = (old & ~(IMMUTABLE | APPEND_ONLY)) >>> 0;
    if (cleared === old) return;
    flags.writeUInt32LE(cleared, 0);
    ioctl({ fd, request: SETFLAGS, path }, flags);
  } catch (error) {
    if (!isErrno(error, 'ENOTTY', 'ENOTSUP', 'EOPNOTSUPP')) throw error;
  } finally {
    closeSync(fd);
  }
}

function ioctl(target: { fd: number; request: number; path: string }, argument: Buffer): void {
  const { value, errno } = cIoctl(target.fd, target.request, argument);
  if (value === -1) throw new SyscallError('ioctl', errno, target.path);
}
