import { expect, test } from 'vitest';
import { limitWrites, weightFromShares } from '../../../src/engine/cgroups/limits.ts';

const MIB = 1024 * 1024;

function lines(resources: Parameters<typeof limitWrites>[0], version: 1 | 2): string[] {
  return limitWrites(resources, () => version).map(({ file, value }) => `${file} ${value}`);
}

test('nothing asked for, nothing written', () => {
  expect(lines({}, 1)).toEqual([]);
  expect(lines({ Memory: 0, CpuShares: 0, PidsLimit: null, CpusetCpus: '' }, 2)).toEqual([]);
});

test('memory without swap is limited to as much swap again', () => {
  expect(lines({ Memory: 64 * MIB }, 1)).toEqual([
    'memory.limit_in_bytes 67108864',
    'memory.memsw.limit_in_bytes 134217728',
  ]);
  expect(lines({ Memory: 64 * MIB }, 2)).toEqual(['memory.max 67108864', 'memory.swap.max 67108864']);
});

test('memory plus swap: v1 takes the sum, v2 the swap alone, -1 is no limit', () => {
  expect(lines({ Memory: 64 * MIB, MemorySwap: 64 * MIB }, 2)).toEqual([
    'memory.max 67108864',
    'memory.swap.max 0',
  ]);
  expect(lines({ Memory: 64 * MIB, MemorySwap: -1 }, 1)).toEqual([
    'memory.limit_in_bytes 67108864',
    'memory.memsw.limit_in_bytes -1',
  ]);
  expect(lines({ Memory: 64 * MIB, MemorySwap: -1 }, 2)).toEqual([
    'memory.max 67108864',
    'memory.swap.max max',
  ]);
});

test('cpus become a quota of the default period', () => {
  expect(lines({ NanoCpus: 1.5e9 }, 1)).toEqual(['cpu.cfs_period_us 100000', 'cpu.cfs_quota_us 150000']);
  expect(lines({ NanoCpus: 1.5e9 }, 2)).toEqual(['cpu.max 150000 100000']);
  expect(lines({ CpuPeriod: 50_000 }, 2)).toEqual(['cpu.max max 50000']);
  expect(lines({ CpuQuota: 20_000 }, 2)).toEqual(['cpu.max 20000 100000']);
});

test("shares keep both versions' defaults and ends", () => {
  expect([2, 1024, 262_144].map(weightFromShares)).toEqual([1, 100, 10_000]);
  expect(lines({ CpuShares: 512 }, 1)).toEqual(['cpu.shares 512']);
});

test('pids: 0 and -1 take the limit away, nothing leaves it', () => {
  expect(lines({ PidsLimit: 100 }, 2)).toEqual(['pids.max 100']);
  expect(lines({ PidsLimit: -1 }, 1)).toEqual(['pids.max max']);
  expect(lines({ PidsLimit: 0 }, 1)).toEqual(['pids.max max']);
});

test('the version is chosen for each controller, and one that nobody serves is left out', () => {
  const hybrid = limitWrites({ Memory: 64 * MIB, PidsLimit: 5, CpuShares: 2 }, (controller) =>
    controller === 'memory' ? 1 : controller === 'pids' ? 2 : undefined,
  );
  expect(hybrid.map(({ file }) => file)).toEqual([
    'memory.limit_in_bytes',
    'memory.memsw.limit_in_bytes',
    'pids.max',
  ]);
});

test('the rest, one by one', () => {
  const all = {
    MemoryReservation: 32 * MIB,
    MemorySwappiness: 10,
    OomKillDisable: true,
    CpusetCpus: '0-1',
    CpusetMems: '0',
    BlkioWeight: 10,
  };
  expect(lines(all, 1)).toEqual([
    'memory.soft_limit_in_bytes 33554432',
    'memory.swappiness 10',
    'memory.oom_control 1',
    'cpuset.cpus 0-1',
    'cpuset.mems 0',
    'blkio.bfq.weight 10',
    'blkio.weight 10',
  ]);
  expect(lines(all, 2)).toEqual([
    'memory.low 33554432',
    'cpuset.cpus 0-1',
    'cpuset.mems 0',
    'io.bfq.weight 10',
    'io.weight 1',
  ]);
});
