import { expect, test } from 'vitest';
import {
  leadingNumber,
  lineKey,
  lineNumber,
  pressureAverages,
  sumAfter,
} from '../../../src/engine/cgroups/counter-text.ts';
import { blockIoFrom, systemCpuNanos } from '../../../src/engine/cgroups/stats-reading.ts';

/** In a buffer that still holds the end of a longer file, as in sampling. */
function text(content: string) {
  const stale = 'inactive_file 999999999999999999999999\ntotal_inactive_file 42\n Read 77 rbytes=5\n';
  return { bytes: Buffer.from(content + stale), length: Buffer.byteLength(content) };
}

test('a file that is one number', () => {
  expect(leadingNumber(text('1234567890123\n'))).toBe(1_234_567_890_123);
  expect(leadingNumber(text('0\n'))).toBe(0);
  expect(leadingNumber(text('max\n'))).toBeUndefined();
  expect(leadingNumber(text(''))).toBeUndefined();
  expect(leadingNumber(text('12'))).toBe(12);
});

test('a line by its key: at the beginning only, the whole key only', () => {
  const stat = text('anon 1\ninactive_file_more 2\ntotal_inactive_file 3\ninactive_file 4096\nend 5');
  expect(lineNumber(stat, lineKey('inactive_file'))).toBe(4096);
  expect(lineNumber(stat, lineKey('total_inactive_file'))).toBe(3);
  expect(lineNumber(stat, lineKey('anon'))).toBe(1);
  expect(lineNumber(stat, lineKey('end'))).toBe(5);
  expect(lineNumber(stat, lineKey('missing'))).toBeUndefined();
  expect(lineNumber(text('a 1\n'), lineKey('inactive_file'))).toBeUndefined();
});

test('block I/O of all devices, v1 and v2', () => {
  const v1 = text('8:0 Read 4096\n8:0 Write 512\n8:0 Sync 1\n8:0 Total 4608\n259:1 Read 1000\nTotal 5608\n');
  expect(sumAfter(v1, Buffer.from(' Read '))).toBe(5096);
  expect(sumAfter(v1, Buffer.from(' Write '))).toBe(512);
  const v2 = text(
    '8:0 rbytes=4096 wbytes=512 rios=1 wios=1 dbytes=0 dios=0\n259:1 rbytes=4 wbytes=8 rios=1\n',
  );
  expect(sumAfter(v2, Buffer.from(' rbytes='))).toBe(4100);
  expect(sumAfter(v2, Buffer.from(' wbytes='))).toBe(520);
  expect(sumAfter(text(''), Buffer.from(' rbytes='))).toBe(0);
});

test('pressure: the line `some`', () => {
  const psi = text(
    'some avg10=1.25 avg60=100.00 avg300=0.07 total=123456\nfull avg10=9.99 avg60=9.99 avg300=9.99 total=1\n',
  );
  expect(pressureAverages(psi)).toEqual({ avg10: 1.25, avg60: 100, avg300: 0.07 });
  expect(pressureAverages(text(''))).toBeUndefined();
});

test("details for Docker's stats", () => {
  expect(blockIoFrom('8:0 Read 4096\n8:0 Write 1\nTotal 4097')).toEqual([
    { major: 8, minor: 0, op: 'read', value: 4096 },
    { major: 8, minor: 0, op: 'write', value: 1 },
  ]);
  expect(blockIoFrom('254:16 rbytes=10 wbytes=20 rios=1 wios=1')).toEqual([
    { major: 254, minor: 16, op: 'read', value: 10 },
    { major: 254, minor: 16, op: 'write', value: 20 },
  ]);
  expect(systemCpuNanos('cpu  1 2 3 4 5 6 7 8 100 100\ncpu0 1 1')).toBe(360_000_000);
});
