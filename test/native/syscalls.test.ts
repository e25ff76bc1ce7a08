import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isErrno, SyscallError } from '../../src/native/syscall-error.ts';
import {
  LOCK,
  closeFd,
  getpid,
  makeDev,
  mkfifo,
  pipe,
  posixSpawn,
  tryFlock,
  umount,
  waitpid,
} from '../../src/native/syscalls.ts';

test('a failed call throws what was tried, on what, and what the kernel said', () => {
  const attempt = () => mkfifo('/nonexistent/directory/fifo', 0o600);
  expect(attempt).toThrow(SyscallError);
  expect(attempt).toThrow('mkfifo /nonexistent/directory/fifo: no such file or directory (ENOENT)');
});

test('a negative int result is seen as a failure whatever the upper half of the register holds', () => {
  try {
    umount('/nonexistent/mount');
    expect.unreachable();
  } catch (error) {
    expect(isErrno(error, 'ENOENT', 'EPERM')).toBe(true);
  }
});

test('getpid goes all the way to libc', () => {
  expect(getpid()).toBe(process.pid);
});

test('device numbers are those of glibc', () => {
  expect(makeDev(1, 3)).toBe(259);
  expect(makeDev(8, 300)).toBe(0x10082c);
});

test('posix_spawn passes argv, environment and descriptors', () => {
  const { readFd, writeFd } = pipe();
  const pid = posixSpawn({
    path: '/bin/sh',
    argv: ['sh', '-c', 'echo "$1 $WORD" >&7', 'sh', 'größe'],
    env: ['WORD=two words'],
    fds: new Map([[writeFd, 7]]),
  });
  closeFd(writeFd);
  expect(readFileSync(readFd, 'utf8')).toBe('größe two words\n');
  closeFd(readFd);
  expect(waitpid(pid)).toEqual({ pid, status: 0 });
});

test('posix_spawn of a missing program names it', () => {
  expect(() => posixSpawn({ path: '/nonexistent', argv: ['x'], env: [], fds: new Map() })).toThrow(
    'posix_spawn /nonexistent: no such file or directory (ENOENT)',
  );
});

test('flock says who is second', () => {
  const directory = mkdtempSync(join(tmpdir(), 'gantry-flock-'));
  const first = openSync(join(directory, 'lock'), 'w');
  const second = openSync(join(directory, 'lock'), 'w');
  try {
    expect(tryFlock(first, LOCK.EX)).toBe(true);
    expect(tryFlock(second, LOCK.EX)).toBe(false);
    expect(tryFlock(first, LOCK.UN)).toBe(true);
    expect(tryFlock(second, LOCK.EX)).toBe(true);
  } finally {
    closeSync(first);
    closeSync(second);
    rmSync(directory, { recursive: true });
  }
});
