// Functions of libc that answer an int, of which -1 says no.
import { declare, type CArgument, type CResult, type CType } from './ffi.ts';
import { SyscallError } from './syscall-error.ts';

export function libc(name: string, params: readonly CType[]): (...args: CArgument[]) => CResult {
  return declare({ library: 'libc', name, params, result: 'i32' });
}

/** Throws SyscallError on -1. @param subject what the call was about, for the message */
export function check(syscall: string, { value, errno }: CResult, subject: string): number {
  if (value === -1) throw new SyscallError(syscall, errno, subject);
  return value;
}
