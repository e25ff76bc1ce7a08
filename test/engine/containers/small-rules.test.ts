import { expect, test } from 'vitest';
import { humanDuration } from '../../../src/engine/containers/reports/durations.ts';
import { startFailure } from '../../../src/engine/containers/exit-codes.ts';
import { parseLogSize } from '../../../src/engine/containers/checks/check-host-config.ts';
import { parseMountOptions } from '../../../src/engine/containers/launch/mount-options.ts';
import { rlimitNumber } from '../../../src/engine/containers/oci/rlimits.ts';
import { newId, randomName, timestamp } from '../../../src/engine/containers/identity.ts';
import { parseSignal, signalName } from '../../../src/engine/containers/signals.ts';
import { MS } from '../../../src/native/syscalls.ts';

test.each([
  ['KILL', 9],
  ['SIGTERM', 15],
  ['sigint', 2],
  ['15', 15],
  ['RTMIN', 34],
  ['SIGRTMIN+3', 37],
  ['RTMAX-1', 63],
])('signal %s is %i', (text, number) => {
  expect(parseSignal(text)).toBe(number);
});

test.each(['', 'NOPE', '0', '65', 'RTMAX+1', '-9'])('signal "%s" is refused by name', (text) => {
  expect(() => parseSignal(text)).toThrow(`Invalid signal: ${text}`);
});

test('signal numbers have names', () => {
  expect(signalName(15)).toBe('SIGTERM');
});

const SECOND = 1000;
test.each([
  [0, 'Less than a second'],
  [SECOND, '1 second'],
  [59 * SECOND, '59 seconds'],
  [60 * SECOND, 'About a minute'],
  [119 * SECOND, 'About a minute'],
  [59 * 60 * SECOND, '59 minutes'],
  [3600 * SECOND, 'About an hour'],
  [47 * 3600 * SECOND, '47 hours'],
  [49 * 3600 * SECOND, '2 days'],
  [15 * 86_400 * SECOND, '2 weeks'],
  [70 * 86_400 * SECOND, '2 months'],
  [800 * 86_400 * SECOND, '2 years'],
])('%i ms is "%s"', (milliseconds, text) => {
  expect(humanDuration(milliseconds)).toBe(text);
});

test('mount options become flags, propagation and what the file system reads; the last word wins', () => {
  expect(parseMountOptions(['rbind', 'ro', 'nosuid', 'rw', 'rslave', 'size=64m', 'mode=1777'])).toEqual({
    flags: MS.BIND | MS.REC | MS.NOSUID,
    propagation: 'rslave',
    data: 'size=64m,mode=1777',
  });
});

test.each([
  ['ENOENT in PATH', 'nope', 2, 127, 'exec: "nope": executable file not found in $PATH'],
  ['ENOENT of a path', '/nope', 2, 127, 'exec: "/nope": stat /nope: no such file or directory'],
  ['EACCES', '/etc/passwd', 13, 126, 'exec: "/etc/passwd": permission denied'],
  ['ENOEXEC', '/script', 8, 126, 'exec: "/script": exec format error'],
] as const)('%s', (...[, command, errno, exitCode, text]) => {
  const failure = startFailure({ stage: 'exec', operation: 'execve', errno, detail: command }, command);
  expect(failure.exitCode).toBe(exitCode);
  expect(failure.error.message).toBe(`failed to create task for container: ${text}`);
});

test('a mount that fails is told with its stage, target and what the kernel said', () => {
  const failure = startFailure(
    { stage: 'mounts', operation: 'mount', errno: 28, detail: 'tmpfs on /x' },
    'sh',
  );
  expect(failure).toMatchObject({ exitCode: 128, error: { statusCode: 500 } });
  expect(failure.error.message).toContain('mounts: mount tmpfs on /x: no space left on device (ENOSPC)');
});

test('log sizes', () => {
  expect([parseLogSize('10m'), parseLogSize('512K'), parseLogSize('1gb'), parseLogSize('-1')]).toEqual([
    10_485_760, 524_288, 1_073_741_824, 0,
  ]);
  expect(() => parseLogSize('ten')).toThrow('invalid value for max-size: "ten"');
});

test('ids, names and times have docker’s form', () => {
  expect(newId()).toMatch(/^[0-9a-f]{64}$/);
  expect(randomName(0)).toMatch(/^[a-z]+_[a-z]+$/);
  expect(timestamp()).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/);
  expect(rlimitNumber('RLIMIT_NOFILE')).toBe(7);
  expect(() => rlimitNumber('nope')).toThrow('invalid ulimit type: nope');
});
