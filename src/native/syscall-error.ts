import { constants } from 'node:os';
import { getSystemErrorMessage } from 'node:util';

const CODES = new Map<number, string>(Object.entries(constants.errno).map(([code, errno]) => [errno, code]));

/** `ENOENT` for 2; `errno 4711` for a number that this platform does not name. */
export function errnoCode(errno: number): string {
  return CODES.get(errno) ?? `errno ${errno}`;
}

/** `no such file or directory` for 2. */
export function errnoText(errno: number): string {
  // libuv's words are of sockets alone.
  if (errno === constants.errno.EOPNOTSUPP) return 'operation not supported';
  return getSystemErrorMessage(-errno);
}

/** A system call said no. `code` is spelled as in node:fs errors, so `isErrno` takes both. */
export class SyscallError extends Error {
  override readonly name = 'SyscallError';
  readonly syscall: string;
  readonly errno: number;
  readonly code: string;
  readonly path: string | undefined;

  /** @param subject what the call was made on: a path, a descriptor, an option; part of the message */
  constructor(syscall: string, errno: number, subject?: string) {
    const on = subject === undefined ? '' : ` ${subject}`;
    super(`${syscall}${on}: ${errnoText(errno)} (${errnoCode(errno)})`);
    this.syscall = syscall;
    this.errno = errno;
    this.code = errnoCode(errno);
    this.path = subject;
  }
}

/** True for a SyscallError or a node:fs error with one of these codes. */
export function isErrno(error: unknown, ...codes: readonly string[]): error is Error & { code: string } {
  return (
    error instanceof Error && 'code' in error && typeof error.code === 'string' && codes.includes(error.code)
  );
}
