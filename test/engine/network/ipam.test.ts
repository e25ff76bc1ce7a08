import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  DEFAULT_POOLS,
  broadcastOf,
  chooseAddress,
  chooseSubnet,
  formatSubnet,
  gatewayOf,
  macFor,
  overlaps,
  parseSubnet,
  subnetOf,
} from '../../../src/engine/network/ipam.ts';

const subnets = fc
  .tuple(fc.integer({ min: 0, max: 0xffff_ffff }), fc.integer({ min: 8, max: 30 }))
  .map(([address, prefix]) =>
    subnetOf([24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join('.'), prefix),
  );

test('the pools are those of Docker, and none overlaps another', () => {
  expect(DEFAULT_POOLS.map(formatSubnet)).toMatchObject({
    0: '172.17.0.0/16',
    14: '172.31.0.0/16',
    15: '192.168.0.0/20',
    30: '192.168.240.0/20',
    length: 31,
  });
  for (const [index, pool] of DEFAULT_POOLS.entries())
    expect(DEFAULT_POOLS.slice(index + 1).some((other) => overlaps(pool, other))).toBe(false);
});

test('a chosen subnet overlaps nothing that is taken', () => {
  fc.assert(
    fc.property(fc.array(subnets, { maxLength: 8 }), (taken) => {
      const free = DEFAULT_POOLS.filter((pool) => !taken.some((other) => overlaps(pool, other)));
      fc.pre(free.length > 0);
      expect(chooseSubnet(taken)).toEqual(free[0]);
    }),
  );
});

test('when all pools are taken, the error is that of Docker', () => {
  expect(() => chooseSubnet([parseSubnet('0.0.0.0/0')])).toThrow(
    'all predefined address pools have been fully subnetted',
  );
});

test('addresses that are chosen one after the other never repeat, and fill the subnet', () => {
  fc.assert(
    fc.property(fc.integer({ min: 24, max: 30 }), (prefixLength) => {
      const subnet = subnetOf('10.1.2.3', prefixLength);
      const taken = new Set<string>();
      const room = 2 ** (32 - prefixLength) - 3;
      for (let count = 0; count < room; count += 1) {
        const address = chooseAddress(subnet, taken);
        expect(taken.has(address)).toBe(false);
        expect([gatewayOf(subnet), broadcastOf(subnet)]).not.toContain(address);
        taken.add(address);
      }
      expect(() => chooseAddress(subnet, taken)).toThrow('no available IPv4 addresses on');
    }),
    { numRuns: 20 },
  );
});

test('a released address is given out again', () => {
  const subnet = parseSubnet('172.17.0.0/16');
  expect(chooseAddress(subnet, new Set(['172.17.0.2', '172.17.0.4']))).toBe('172.17.0.3');
});

test('a wished address is given where it is free', () => {
  const subnet = parseSubnet('172.17.0.0/16');
  expect(chooseAddress(subnet, new Set(), '172.17.3.4')).toBe('172.17.3.4');
});

test.each([
  ['172.17.0.1', 'Address already in use: 172.17.0.1'],
  ['172.17.0.9', 'Address already in use: 172.17.0.9'],
  ['172.17.0.0', 'does not belong to any of this network'],
  ['172.17.255.255', 'does not belong to any of this network'],
  ['10.0.0.1', "invalid address 10.0.0.1: It does not belong to any of this network's subnets"],
  ['172.17.0', 'invalid IPv4 address: 172.17.0'],
])('the wish for %s is refused', (wished, message) => {
  const taken = new Set(['172.17.0.9']);
  expect(() => chooseAddress(parseSubnet('172.17.0.0/16'), taken, wished)).toThrow(message);
});

test('a subnet is read from any of its addresses and written by its lowest', () => {
  expect(formatSubnet(parseSubnet('192.168.5.7/20'))).toBe('192.168.0.0/20');
  expect(broadcastOf(parseSubnet('192.168.5.7/20'))).toBe('192.168.15.255');
  expect(() => parseSubnet('10.0.0.0/33')).toThrow('invalid CIDR address: 10.0.0.0/33');
  expect(() => parseSubnet('10.0.0.0')).toThrow('invalid CIDR address: 10.0.0.0');
});

test('subnets overlap when one holds an address of the other', () => {
  const [a, b, c] = ['10.0.0.0/24', '10.0.0.128/25', '10.0.1.0/24'].map(parseSubnet) as [never, never, never];
  expect([overlaps(a, b), overlaps(b, a), overlaps(a, c), overlaps(b, c)]).toEqual([
    true,
    true,
    false,
    false,
  ]);
});

test('the MAC address says the IPv4 address', () => {
  expect(macFor('172.17.0.200')).toBe('02:42:ac:11:00:c8');
});
