import { expect, test } from 'vitest';
import type { NetworkFilters } from '../../../src/engine/api/network-types.ts';
import { parseSubnet } from '../../../src/engine/network/ipam.ts';
import type { Lease } from '../../../src/engine/network/lease-store.ts';
import {
  endpointFrom,
  findNetwork,
  inspectFrom,
  matchesFilters,
  type NetworkRecord,
} from '../../../src/engine/network/network-inspect.ts';
import { parseNetworkMode } from '../../../src/engine/network/network-mode.ts';

const subnet = parseSubnet('172.17.0.0/16');
const bridge: NetworkRecord = {
  id: 'abc123',
  name: 'bridge',
  driver: 'bridge',
  created: '2026-01-02T03:04:05.000Z',
  subnet,
  options: { 'com.docker.network.bridge.name': 'gantry0' },
  labels: { tier: 'front=1' },
  builtIn: true,
};
const lease: Lease = {
  containerId: 'c1',
  containerName: 'web',
  networkId: 'abc123',
  endpointId: 'e1',
  address: '172.17.0.2',
  macAddress: '02:42:ac:11:00:02',
  ports: [],
  closing: false,
};

test('a network is shown as Docker shows it', () => {
  expect(inspectFrom(bridge, [lease])).toMatchObject({
    Name: 'bridge',
    Id: 'abc123',
    Scope: 'local',
    Driver: 'bridge',
    IPAM: { Driver: 'default', Config: [{ Subnet: '172.17.0.0/16', Gateway: '172.17.0.1' }] },
    Containers: {
      c1: {
        Name: 'web',
        EndpointID: 'e1',
        MacAddress: '02:42:ac:11:00:02',
        IPv4Address: '172.17.0.2/16',
        IPv6Address: '',
      },
    },
    Options: { 'com.docker.network.bridge.name': 'gantry0' },
  });
});

test('an endpoint of a network without addresses has empty ones', () => {
  expect(endpointFrom(lease, subnet)).toMatchObject({ Gateway: '172.17.0.1', IPPrefixLen: 16 });
  const plain = endpointFrom({ ...lease, address: '', macAddress: '' }, undefined);
  expect(plain).toMatchObject({
    NetworkID: 'abc123',
    EndpointID: 'e1',
    Gateway: '',
    IPAddress: '',
    IPPrefixLen: 0,
  });
});

test('a network is found by id, name, or a prefix that fits only one', () => {
  const networks = [
    { id: 'abc1', name: 'one' },
    { id: 'abd2', name: 'two' },
    { id: 'def3', name: 'abc1' },
  ];
  expect(findNetwork(networks, 'abc1').name).toBe('one');
  expect(findNetwork(networks, 'two').id).toBe('abd2');
  expect(findNetwork(networks, 'de').id).toBe('def3');
  expect(() => findNetwork(networks, 'ab')).toThrow('network ab is ambiguous (2 matches found on ID prefix)');
  expect(() => findNetwork(networks, 'nope')).toThrow('network nope not found');
  expect(() => findNetwork(networks, '')).toThrow('network  not found');
});

test.each<[NetworkFilters, boolean]>([
  [{}, true],
  [{ driver: ['host', 'bridge'] }, true],
  [{ driver: ['host'] }, false],
  [{ id: ['abc'] }, true],
  [{ id: ['bc'] }, false],
  [{ name: ['rid'] }, true],
  [{ name: ['rid'], driver: ['host'] }, false],
  [{ scope: ['swarm'] }, false],
  [{ type: ['builtin'] }, true],
  [{ type: ['custom'] }, false],
  [{ label: ['tier'] }, true],
  [{ label: ['tier=front=1'] }, true],
  [{ label: ['tier=front'] }, false],
  [{ label: ['tier', 'other'] }, false],
])('filters %o match: %s', (filters, expected) => {
  expect(matchesFilters(bridge, filters)).toBe(expected);
});

test('modes', () => {
  expect(['', 'default', 'bridge', 'host', 'none'].map((mode) => parseNetworkMode(mode).kind)).toEqual([
    'bridge',
    'bridge',
    'bridge',
    'host',
    'none',
  ]);
  expect(parseNetworkMode('container:web')).toEqual({ kind: 'container', container: 'web' });
  expect(() => parseNetworkMode('container:')).toThrow('invalid container format container:<name|id>');
  expect(() => parseNetworkMode('mine')).toThrow('network mine not found');
});
