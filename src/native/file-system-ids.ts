// Who the calling thread is to file systems, apart from what it may do.
import { declare } from './ffi.ts';
import { SyscallError } from './syscall-error.ts';

const setfsuid = declare({ library: 'libc', name: 'setfsuid', params: ['u32'], result: 'i32' });
const setfsgid = declare({ library: 'libc', name: 'setfsgid', params: ['u32'], result: 'i32' });
const prctl = declare({
  library: 'libc',
  name: 'prctl',
  params: ['i32', 'i64', 'i64', 'i64', 'i64'],
  result: 'i32',
});
const PR_SET_SECUREBITS = 28;
const SECBIT_NO_SETUID_FIXUP = 4;
const NO_ID = 0xffff_ffff;

/**
 * From now on the calling thread makes files as this user and group, with the capabilities that it has (setfsuid(2) would take those
 * about files). node:fs follows by its synchronous calls only.
 */
export function actOnFilesAs(uid: number, gid: number): void {
  const { value, errno } = prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0);
  if (value !== 0) throw new SyscallError('prctl', errno, 'PR_SET_SECUREBITS');
  setfsgid(gid);
  setfsuid(uid);
  // They tell only what was set before.
  if (setfsuid(NO_ID).value >>> 0 !== uid || setfsgid(NO_ID).value >>> 0 !== gid)
    throw new Error(`setfsuid to ${uid}:${gid} was refused`);
}
