import { describe, expect, test } from 'vitest';
import {
  goTime,
  humanDuration,
  parseGoDuration,
  parseTimestamp,
  timeAgo,
} from '../../../src/cli/format/durations.ts';
import { ellipsis, shortId } from '../../../src/cli/format/ids.ts';
import { displayPorts } from '../../../src/cli/format/ports.ts';
import { binarySize, humanSize, parseBytes } from '../../../src/cli/format/sizes.ts';
import { alignTabs } from '../../../src/cli/format/table.ts';

test.each([
  [0, '0B'],
  [999, '999B'],
  [1000, '1kB'],
  [1_234_567, '1.235MB'],
  [7_800_000_000, '7.8GB'],
])('humanSize(%d) is %s', (bytes, text) => {
  expect(humanSize(bytes)).toBe(text);
});

test('sizes in lists have three digits', () => {
  expect(humanSize(77_812_345, 3)).toBe('77.8MB');
  expect(binarySize(512 * 1024 * 1024)).toBe('512MiB');
  expect(binarySize(1.5 * 1024)).toBe('1.5KiB');
});

test.each([
  ['512', 512],
  ['1k', 1024],
  ['512m', 512 * 1024 ** 2],
  ['1.5g', 1.5 * 1024 ** 3],
  ['2GiB', 2 * 1024 ** 3],
  ['1 MB', 1024 ** 2],
  ['0', 0],
])('parseBytes(%s) is %d', (text, bytes) => {
  expect(parseBytes(text)).toBe(bytes);
});

test.each(['', 'abc', '-1', '1x', '1mm', 'm', '1e3'])('parseBytes refuses %j', (text) => {
  expect(() => parseBytes(text)).toThrow(`invalid size: '${text}'`);
});

test.each([
  [0.4, 'Less than a second'],
  [1, '1 second'],
  [59, '59 seconds'],
  [60, 'About a minute'],
  [119, 'About a minute'],
  [120, '2 minutes'],
  [3599, '59 minutes'],
  [3600, 'About an hour'],
  [5400, '2 hours'],
  [47 * 3600, '47 hours'],
  [48 * 3600, '2 days'],
  [13 * 86_400, '13 days'],
  [14 * 86_400, '2 weeks'],
  [59 * 86_400, '8 weeks'],
  [60 * 86_400, '2 months'],
  [729 * 86_400, '24 months'],
  [730 * 86_400, '2 years'],
])('%d seconds are %s', (seconds, text) => {
  expect(humanDuration(seconds)).toBe(text);
});

test('a time that is not known has no age', () => {
  expect(timeAgo(0, 1000)).toBe('N/A');
  expect(timeAgo(60, 180_000)).toBe('2 minutes ago');
});

test('times are shown as Go prints them', () => {
  expect(goTime(0)).toMatch(/^(1970-01-01|1969-12-31) \d\d:\d\d:\d\d [+-]\d{4} \S+$/);
});

describe('timestamps', () => {
  const now = Date.UTC(2026, 0, 1);
  test.each([
    ['1700000000', 1_700_000_000],
    ['1700000000.5', 1_700_000_000.5],
    ['2025-12-31T23:00:00Z', now / 1000 - 3600],
    ['1h30m', now / 1000 - 5400],
    ['90s', now / 1000 - 90],
  ])('%s', (text, seconds) => {
    expect(parseTimestamp(text, now)).toBe(seconds);
  });
  test('nonsense is refused by name', () => {
    expect(() => parseTimestamp('yesterday', now)).toThrow(
      'failed to parse value as time or duration: "yesterday"',
    );
    expect(parseGoDuration('1h 30m')).toBeUndefined();
  });
});

test('columns are ten wide at least, three apart, and the last is not padded', () => {
  expect(alignTabs(['A\tBB\tC', 'a-very-long-cell\tb\tc'])).toEqual([
    'A                  BB        C',
    'a-very-long-cell   b         c',
  ]);
});

test('ids and texts are cut as Docker cuts them', () => {
  expect(shortId('sha256:0123456789abcdef')).toBe('0123456789ab');
  expect(ellipsis('sleep infinity and more', 20)).toBe('sleep infinity and …');
  expect(ellipsis('short', 20)).toBe('short');
});

describe('ports', () => {
  test.each([
    [[], ''],
    [[{ PrivatePort: 80, Type: 'tcp' }], '80/tcp'],
    [[{ IP: '0.0.0.0', PrivatePort: 80, PublicPort: 8080, Type: 'tcp' }], '0.0.0.0:8080->80/tcp'],
    [[{ IP: '::', PrivatePort: 80, PublicPort: 8080, Type: 'tcp' }], '[::]:8080->80/tcp'],
    [
      [
        { IP: '0.0.0.0', PrivatePort: 81, PublicPort: 8001, Type: 'tcp' },
        { IP: '0.0.0.0', PrivatePort: 80, PublicPort: 8000, Type: 'tcp' },
        { PrivatePort: 443, Type: 'tcp' },
      ],
      '0.0.0.0:8000-8001->80-81/tcp, 443/tcp',
    ],
    [
      [
        { IP: '0.0.0.0', PrivatePort: 80, PublicPort: 8000, Type: 'tcp' },
        { IP: '0.0.0.0', PrivatePort: 81, PublicPort: 9000, Type: 'tcp' },
      ],
      '0.0.0.0:8000->80/tcp, 0.0.0.0:9000->81/tcp',
    ],
  ])('%j', (ports, text) => {
    expect(displayPorts(ports)).toBe(text);
  });
});
