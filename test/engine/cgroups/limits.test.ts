import { expect, test } from 'vitest';
import { formerValue } from '../../../src/engine/cgroups/limit-files.ts';
import { limitWrites, weightFromShares } from '../../../src/engine/cgroups/limits.ts';

const MIB = 1024 * 1024;

function lines(resources: Parameters<typeof limitWrites>[0], version: 1 | 2): string[] {
  const numbers: Record<string, string> = { '/dev/sda': '8:0', '/dev/vda': '254:0' };
  return limitWrites(
    resources,
    () => version,
    (path) => numbers[path] ?? path,
  ).map(({ file, value }) => `${file} ${value}`);
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

test('weights and rates of devices: one write each with v1, one line a device with v2', () => {
  const asked = {
    BlkioWeightDevice: [
      { Path: '/dev/sda', Weight: 1000 },
      { Path: '/dev/vda', Weight: 0 },
    ],
    BlkioDeviceReadBps: [
      { Path: '/dev/sda', Rate: 1_048_576 },
      { Path: '/dev/vda', Rate: 4096 },
    ],
    BlkioDeviceWriteBps: [{ Path: '/dev/sda', Rate: 0 }],
    BlkioDeviceReadIOps: [{ Path: '/dev/sda', Rate: 10 }],
    BlkioDeviceWriteIOps: [{ Path: '/dev/vda', Rate: 20 }],
  };
  expect(lines(asked, 1)).toEqual([
    'blkio.bfq.weight_device 8:0 1000',
    'blkio.weight_device 8:0 1000',
    'blkio.bfq.weight_device 254:0 0',
    'blkio.weight_device 254:0 0',
    'blkio.throttle.read_bps_device 8:0 1048576',
    'blkio.throttle.read_bps_device 254:0 4096',
    'blkio.throttle.write_bps_device 8:0 0',
    'blkio.throttle.read_iops_device 8:0 10',
    'blkio.throttle.write_iops_device 254:0 20',
  ]);
  expect(lines(asked, 2)).toEqual([
    'io.bfq.weight 8:0 1000',
    'io.weight 8:0 10000',
    'io.bfq.weight 254:0 default',
    'io.weight 254:0 default',
    'io.max 8:0 rbps=1048576 wbps=max riops=10',
    'io.max 254:0 rbps=4096 wiops=20',
  ]);
});

test('real time is of v1 alone', () => {
  const asked = { CpuRealtimePeriod: 1_000_000, CpuRealtimeRuntime: 400_000 };
  expect(lines(asked, 1)).toEqual(['cpu.rt_period_us 1000000', 'cpu.rt_runtime_us 400000']);
  expect(lines(asked, 2)).toEqual([]);
});

test('huge pages: what may be used and what may be reserved', () => {
  const asked = {
    HugepageLimits: [
      { PageSize: '2MB', Limit: 4 * MIB },
      { PageSize: '1GB', Limit: -1 },
    ],
  };
  expect(lines(asked, 1)).toEqual([
    'hugetlb.2MB.limit_in_bytes 4194304',
    'hugetlb.2MB.rsvd.limit_in_bytes 4194304',
    'hugetlb.1GB.limit_in_bytes -1',
    'hugetlb.1GB.rsvd.limit_in_bytes -1',
  ]);
  expect(lines(asked, 2)).toEqual([
    'hugetlb.2MB.max 4194304',
    'hugetlb.2MB.rsvd.max 4194304',
    'hugetlb.1GB.max max',
    'hugetlb.1GB.rsvd.max max',
  ]);
});

test('what must be written so that a file says again what it says', () => {
  const former = (file: string, value: string, text: string) =>
    formerValue({ controller: 'blkio', file, value }, text);
  expect(former('memory.limit_in_bytes', '1', '9223372036854771712')).toBe('9223372036854771712');
  expect(former('memory.oom_control', '1', 'oom_kill_disable 0\nunder_oom 0\noom_kill 7')).toBe('0');
  expect(former('cpu.max', 'max 5000', '20000 100000')).toBe('20000 100000');
  expect(former('cpuset.cpus', '0', '')).toBe('\n');
  expect(former('blkio.throttle.read_bps_device', '8:0 5', '8:16 9\n8:0 7')).toBe('8:0 7');
  expect(former('blkio.throttle.read_bps_device', '8:0 5', '')).toBe('8:0 0');
  expect(former('io.max', '8:0 rbps=5', '')).toBe('8:0 rbps=max wbps=max riops=max wiops=max');
  expect(former('io.max', '8:0 rbps=5', '8:0 rbps=1 wbps=max riops=max wiops=9')).toBe(
    '8:0 rbps=1 wbps=max riops=max wiops=9',
  );
  expect(former('io.weight', '50', 'default 100\n8:0 50')).toBe('default 100');
  expect(former('io.weight', '8:0 50', 'default 100')).toBe('8:0 default');
});
