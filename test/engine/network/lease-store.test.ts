import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Lease } from '../../../src/engine/network/lease-store.ts';
import { createLeaseStore } from '../../../src/engine/network/sqlite-lease-store.ts';
import { openDatabase } from '../../../src/engine/state/database.ts';

const lease = (containerId: string, address: string): Lease => ({
  containerId,
  containerName: `name of ${containerId}`,
  networkId: 'n1',
  endpointId: `e-${containerId}`,
  address,
  macAddress: '02:42:ac:11:00:02',
  ports: [
    { protocol: 'tcp', hostIp: '0.0.0.0', hostPort: 8080, containerPort: 80 },
    { protocol: 'udp', hostIp: '127.0.0.1', hostPort: 53, containerPort: 53 },
  ],
  closing: false,
});

function withDatabase() {
  const stack = new DisposableStack();
  const directory = mkdtempSync(join(tmpdir(), 'gantry-leases-'));
  stack.defer(() => rmSync(directory, { recursive: true }));
  const open = () => {
    const database = openDatabase(join(directory, 'state.db'));
    stack.defer(() => database.close());
    return createLeaseStore(database);
  };
  return { open, [Symbol.dispose]: () => stack.dispose() };
}

test('what one process acquires, another reads', () => {
  using rig = withDatabase();
  const [first, second] = [rig.open(), rig.open()];
  const web = lease('web', '172.17.0.2');
  first.acquire('n1', () => web);
  expect(second.find('web')).toEqual(web);
  expect(second.list('n1')).toEqual([web]);
  expect(second.list('n2')).toEqual([]);
});

test('one address is given once, and a refused choice leaves nothing', () => {
  using rig = withDatabase();
  const store = rig.open();
  store.acquire('n1', () => lease('web', '172.17.0.2'));
  expect(() => store.acquire('n1', () => lease('db', '172.17.0.2'))).toThrow('UNIQUE');
  expect(store.find('db')).toBeUndefined();
});

test('endpoints without an address do not stand in each other’s way', () => {
  using rig = withDatabase();
  const store = rig.open();
  store.acquire('n1', () => lease('a', ''));
  store.acquire('n1', () => lease('b', ''));
  expect(store.list('n1').map(({ address }) => address)).toEqual(['', '']);
});

test('a lease can lose ports, begin to close, and end', () => {
  using rig = withDatabase();
  const store = rig.open();
  const web = store.acquire('n1', () => lease('web', '172.17.0.2'));
  store.setPorts('web', []);
  expect(store.markClosing(web)).toBe(true);
  expect(store.find('web')).toMatchObject({ ports: [], closing: true });
  store.release({ ...web, endpointId: 'of a later start' });
  expect(store.find('web')).toBeDefined();
  expect(store.markClosing({ ...web, endpointId: 'of a later start' })).toBe(false);
  store.release(web);
  store.release(web);
  expect(store.find('web')).toBeUndefined();
});

test('a fact is chosen once', () => {
  using rig = withDatabase();
  const [first, second] = [rig.open(), rig.open()];
  expect(first.remember('subnet', () => '172.17.0.0/16')).toBe('172.17.0.0/16');
  expect(second.remember('subnet', () => '172.18.0.0/16')).toBe('172.17.0.0/16');
});
