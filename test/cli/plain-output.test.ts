import { closeSync, constants, openSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { plainOutput } from '../../src/cli/plain-output.ts';
import { pipe, closeFd, fcntl } from '../../src/native/syscalls.ts';
import { tempDirectory } from '../support/temp-root.ts';

const F_SETFL = 4;
const fails = (error: Error): never => {
  throw error;
};

test('writes to a file and to nothing, at once', () => {
  using directory = tempDirectory();
  const path = join(directory.path, 'out');
  const fd = openSync(path, 'w');
  const output = plainOutput(fd, fails);
  expect(output?.write('grüße\n')).toBe(true);
  output?.write(Buffer.from('bytes\n'));
  expect(readFileSync(path, 'utf8')).toBe('grüße\nbytes\n');
  closeSync(fd);
  const nothing = openSync('/dev/null', 'w');
  expect(plainOutput(nothing, fails)?.write('away')).toBe(true);
  closeSync(nothing);
});

test('a terminal, a socket and a closed descriptor are somebody else’s', () => {
  const terminal = openSync('/dev/ptmx', constants.O_RDWR | constants.O_NOCTTY);
  expect(plainOutput(terminal, fails)).toBeUndefined();
  closeSync(terminal);
  expect(plainOutput(9999, fails)).toBeUndefined();
});

test('a pipe that nobody reads is told once, and swallows the rest', () => {
  const { readFd, writeFd } = pipe();
  closeFd(readFd);
  const told: (string | undefined)[] = [];
  const output = plainOutput(writeFd, ({ code }) => void told.push(code));
  expect(output?.write('lost')).toBe(true);
  expect(told).toEqual(['EPIPE']);
  closeFd(writeFd);
});

test('a full pipe that somebody made non-blocking is waited for', async () => {
  const { readFd, writeFd } = pipe();
  fcntl(writeFd, F_SETFL, constants.O_NONBLOCK | constants.O_WRONLY);
  const output = plainOutput(writeFd, fails);
  const length = 300_000;
  // The write blocks this thread, so another one reads.
  const reader = new Worker(
    `const { readSync } = require('node:fs'); const bytes = Buffer.alloc(4096); let count = 0;
     setTimeout(() => { while (count < ${length}) count += readSync(${readFd}, bytes); }, 100);`,
    { eval: true },
  );
  const ended = new Promise((resolve) => reader.once('exit', resolve));
  await delay(20);
  expect(output?.write(Buffer.alloc(length))).toBe(true);
  await ended;
  closeFd(writeFd);
  expect(readSync(readFd, Buffer.alloc(1))).toBe(0);
  closeFd(readFd);
});
