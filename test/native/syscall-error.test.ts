import { constants } from 'node:os';
import { expect, test } from 'vitest';
import { SyscallError } from '../../src/native/syscall-error.ts';

test('the kernel’s answer in words, with its name', () => {
  const { ENOENT, EOPNOTSUPP } = constants.errno;
  expect(new SyscallError('open', ENOENT, '/x').message).toBe('open /x: no such file or directory (ENOENT)');
  // Not only of sockets, as libuv has it.
  expect(new SyscallError('write', EOPNOTSUPP).message).toMatch(/^write: operation not supported \(E\w+\)$/);
});
