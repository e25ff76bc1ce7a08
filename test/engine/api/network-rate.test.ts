import { assert, integer, property } from 'fast-check';
import { expect, test } from 'vitest';
import {
  formatNetworkRate,
  formatRate,
  parseNetworkRate,
  parseRate,
} from '../../../src/engine/api/network-rate.ts';

test.each([
  ['10mbit', 1e7],
  ['1.5gbit', 1.5e9],
  ['800kbps', 6.4e6],
  ['1MBPS', 8e6],
  ['1mibit', 1_048_576],
  ['64000', 64_000],
  ['.5kbit', 500],
  ['0', 0],
  ['unlimited', 0],
])('%s is %d bits per second', (text, bits) => {
  expect(parseRate(text)).toBe(bits);
});

test.each(['', 'mbit', '1mb', '1 mbit', '-1', '1e6', 'in=1'])('%s is no rate', (text) => {
  expect(() => parseRate(text)).toThrow('invalid rate');
});

test('both directions, one, and none', () => {
  expect(parseNetworkRate('in=10mbit,out=5mbit')).toEqual({ In: 1e7, Out: 5e6 });
  expect(parseNetworkRate('out=0')).toEqual({ Out: 0 });
  expect(formatNetworkRate({ In: 1e7, Out: 2_500_000 })).toBe('in=10mbit,out=2500kbit');
  expect(formatNetworkRate({})).toBe('');
  for (const text of ['in', 'in=1,in=2', 'in=1=2', 'both=1'])
    expect(() => parseNetworkRate(text)).toThrow('the format is in=RATE,out=RATE');
});

test('what is written is read as the same', () => {
  assert(
    property(integer({ min: 0, max: 2 ** 50 }), (bits) => {
      expect(parseRate(formatRate(bits))).toBe(bits);
    }),
  );
});
