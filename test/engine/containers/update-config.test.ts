import { expect, test } from 'vitest';
import { possibleChanges, updatedConfig } from '../../../src/engine/containers/update-config.ts';
import {
  checkedRate,
  rateWarnings,
  updatedRate,
} from '../../../src/engine/containers/checks/network-rate.ts';

const MIB = 1024 * 1024;

test('what is missing, 0 or empty stays as it is', () => {
  const current = { Memory: 64 * MIB, CpusetCpus: '0', PidsLimit: 10, Privileged: true };
  const asked = { Memory: 0, CpusetCpus: '', PidsLimit: null, CpuShares: 512 };
  const { hostConfig, changes } = updatedConfig(current, asked);
  expect(hostConfig).toMatchObject({ ...current, CpuShares: 512 });
  expect(changes).toEqual({ CpuShares: 512 });
});

test('what the kernel keeps together is told together', () => {
  const current = { Memory: 64 * MIB, MemorySwap: 512 * MIB, CpuPeriod: 50_000 };
  expect(updatedConfig(current, { Memory: 128 * MIB }).changes).toEqual({
    Memory: 128 * MIB,
    MemorySwap: 512 * MIB,
  });
  expect(updatedConfig(current, { CpuQuota: 20_000 }).changes).toEqual({
    CpuQuota: 20_000,
    CpuPeriod: 50_000,
    NanoCpus: undefined,
  });
});

test('-1 takes memory and CPU limits away, from the record too', () => {
  const memory = updatedConfig({ Memory: 64 * MIB, MemorySwap: 128 * MIB }, { Memory: -1 });
  expect(memory).toMatchObject({
    hostConfig: { Memory: 0, MemorySwap: 0 },
    changes: { Memory: -1, MemorySwap: -1 },
  });
  const cpu = updatedConfig({ NanoCpus: 5e8 }, { CpuQuota: -1 });
  expect(cpu).toMatchObject({
    hostConfig: { NanoCpus: 0, CpuQuota: 0 },
    changes: { CpuQuota: -1, NanoCpus: 0 },
  });
});

test('devices are merged one by one', () => {
  const current = {
    BlkioDeviceReadBps: [
      { Path: '/dev/a', Rate: 1 },
      { Path: '/dev/b', Rate: 2 },
    ],
  };
  const asked = { BlkioDeviceReadBps: [{ Path: '/dev/b', Rate: 0 }] };
  const { hostConfig, changes } = updatedConfig(current, asked);
  expect(hostConfig.BlkioDeviceReadBps).toEqual([
    { Path: '/dev/a', Rate: 1 },
    { Path: '/dev/b', Rate: 0 },
  ]);
  expect(changes).toEqual(asked);
});

test.each([
  [{ CpuPeriod: 1000 }, { NanoCpus: 1e9 }, 'Nano CPUs cannot be updated as CPU Period has already been set'],
  [{ CpuQuota: 1000 }, { NanoCpus: 1e9 }, 'Nano CPUs cannot be updated as CPU Quota has already been set'],
  [{ NanoCpus: 1e9 }, { CpuPeriod: 1000 }, 'CPU Period cannot be updated as NanoCPUs has already been set'],
  [{ NanoCpus: 1e9 }, { CpuQuota: 1000 }, 'CPU Quota cannot be updated as NanoCPUs has already been set'],
  [{ MemorySwap: MIB }, { Memory: 2 * MIB }, 'update the memoryswap at the same time'],
])('%j, then %j, is a conflict', (current, asked, text) => {
  expect(() => updatedConfig(current, asked)).toThrow(text);
});

test('what the machine cannot do is not asked of the kernel', () => {
  expect(possibleChanges({ Memory: MIB, BlkioWeight: 10 }, { Memory: MIB, MemorySwap: -1 })).toEqual({
    Memory: MIB,
    MemorySwap: -1,
  });
});

test('rates: one direction leaves the other, 0 takes one away', () => {
  expect(updatedRate({ In: 1e6, Out: 2e6 }, { Out: 0 })).toEqual({ In: 1e6, Out: 0 });
  expect(checkedRate({ In: 1e6, Out: 0 }, 'bridge')).toEqual({ In: 1e6 });
  expect(checkedRate({ In: 0 }, 'host')).toBeNull();
  expect(() => checkedRate({ In: 7999 }, 'bridge')).toThrow('the slowest is 8000 bits per second');
  for (const mode of ['host', 'none', 'container:abc'])
    expect(() => checkedRate({ In: 1e6 }, mode)).toThrow('where the container has no link of its own');
});

test('who can take its outgoing limit off is told of at create', () => {
  expect(rateWarnings({ Out: 1e6 }, ['CAP_CHOWN', 'CAP_NET_ADMIN'])[0]).toContain('NET_ADMIN');
  expect(rateWarnings({ Out: 1e6 }, ['CAP_CHOWN'])).toEqual([]);
  expect(rateWarnings({ In: 1e6 }, ['CAP_NET_ADMIN'])).toEqual([]);
});
