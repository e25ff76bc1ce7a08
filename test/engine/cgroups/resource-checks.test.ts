import { expect, test } from 'vitest';
import type { Resources } from '../../../src/engine/api/container-request.ts';
import type { ResourceSupport } from '../../../src/engine/cgroups/resource-check.ts';
import { checkResources, parseList } from '../../../src/engine/cgroups/resource-checks.ts';

const MIB = 1024 * 1024;
const ALL: ResourceSupport = {
  cpus: 2,
  cpusAvailable: '0-1',
  memsAvailable: '0',
  memory: true,
  swap: true,
  swappiness: true,
  oomKillDisable: true,
  pids: true,
  cpu: true,
  cpuset: true,
  blkioWeight: true,
  blkioWeightDevice: true,
  blkioThrottle: true,
  realtime: true,
  hugetlb: true,
  hugepageSizes: ['2MB'],
};

test.each([
  [{ Memory: 4 * MIB }, 'Minimum memory limit allowed is 6MB'],
  [{ Memory: 64 * MIB, MemorySwap: 32 * MIB }, 'Minimum memoryswap limit should be larger than memory limit'],
  [{ MemorySwap: 32 * MIB }, 'You should always set the Memory limit when using Memoryswap limit'],
  [{ MemorySwappiness: 101 }, 'Invalid value: 101, valid memory swappiness range is 0-100'],
  [{ MemoryReservation: 1 }, 'Minimum memory reservation allowed is 6MB'],
  [
    { Memory: 8 * MIB, MemoryReservation: 9 * MIB },
    'Minimum memory limit can not be less than memory reservation',
  ],
  [{ NanoCpus: 1, CpuPeriod: 1 }, 'Nano CPUs and CPU Period cannot both be set'],
  [{ NanoCpus: 1, CpuQuota: 1 }, 'Nano CPUs and CPU Quota cannot both be set'],
  [{ NanoCpus: 3e9 }, 'Range of CPUs is from 0.01 to 2.00, as there are only 2 CPUs available'],
  [{ NanoCpus: -1 }, 'Range of CPUs is from 0.01 to 2.00'],
  [{ CpuShares: -1 }, 'invalid CPU shares (-1): value must be a positive integer'],
  [{ CpuPeriod: 999 }, 'CPU cfs period can not be less than 1ms (i.e. 1000)'],
  [{ CpuQuota: 10 }, 'CPU cfs quota can not be less than 1ms (i.e. 1000)'],
  [{ CpusetCpus: '0-' }, 'Invalid value 0- for cpuset cpus'],
  [{ CpusetCpus: '1-7' }, 'Requested CPUs are not available - requested 1-7, available: 0-1'],
  [{ CpusetMems: '3' }, 'Requested memory nodes are not available - requested 3, available: 0'],
  [
    { CpuRealtimePeriod: 1000, CpuRealtimeRuntime: 2000 },
    'runtime cannot be higher than cpu real-time period',
  ],
  [{ BlkioWeightDevice: [{ Path: '/dev/sda', Weight: 5 }] }, 'invalid weight for device: /dev/sda:5'],
  [{ BlkioDeviceReadBps: [{ Path: '/dev/sda', Rate: -1 }] }, 'invalid rate for device: /dev/sda:-1'],
  [
    { HugepageLimits: [{ PageSize: '3MB', Limit: 0 }] },
    'Huge pages of 3MB are not available - available: 2MB',
  ],
  [{ HugepageLimits: [{ PageSize: '2MB', Limit: -2 }] }, 'a hugetlb limit is 0 or more, or -1 for none'],
  [{ BlkioWeight: 5 }, 'Range of blkio weight is from 10 to 1000'],
])('%j is refused', (resources, text) => {
  expect(() => checkResources(resources, ALL)).toThrow(text);
});

test('what is right passes as it is', () => {
  const resources = { Memory: 64 * MIB, NanoCpus: 2e9, CpusetCpus: '0,1', PidsLimit: 10, BlkioWeight: 500 };
  expect(checkResources(resources, ALL)).toEqual({ resources, warnings: [] });
});

test('what the kernel lacks is dropped with a warning', () => {
  const none: ResourceSupport = { ...ALL, memory: false, pids: false, cpuset: false, blkioWeight: false };
  const asked = { Memory: 64 * MIB, PidsLimit: 10, CpusetCpus: '0', BlkioWeight: 500 };
  const { resources, warnings } = checkResources(asked, none);
  expect(resources).toEqual({});
  expect(warnings).toEqual([
    'Your kernel does not support memory limit capabilities or the cgroup is not mounted. Limitation discarded.',
    'Your kernel does not support PIDs limit capabilities or the cgroup is not mounted. PIDs limit discarded.',
    'Your kernel does not support cpuset or the cgroup is not mounted. Cpuset discarded.',
    'Your kernel does not support Block I/O weight or the cgroup is not mounted. Weight discarded.',
  ]);
  expect(asked.Memory).toBe(64 * MIB);
});

test('the rarer ones, where the kernel lacks them', () => {
  const none: ResourceSupport = { ...ALL, blkioWeightDevice: false, blkioThrottle: false, hugetlb: false };
  const rates = [{ Path: '/dev/sda', Rate: 1 }];
  const { resources, warnings } = checkResources(
    {
      BlkioWeightDevice: [{ Path: '/dev/sda', Weight: 10 }],
      BlkioDeviceReadBps: rates,
      BlkioDeviceWriteIOps: rates,
      HugepageLimits: [{ PageSize: '2MB', Limit: 0 }],
      KernelMemory: 64 * MIB,
    },
    none,
  );
  expect(resources).toEqual({});
  const lacks = (what: string, consequence: string) =>
    `Your kernel does not support ${what} or the cgroup is not mounted. ${consequence}`;
  expect(warnings).toEqual([
    lacks('Block I/O weight_device', 'Weight-device discarded.'),
    lacks('BPS Block I/O read limit', 'Block I/O BPS read limit discarded.'),
    lacks('IOPS Block write limit', 'Block I/O IOPS write limit discarded.'),
    lacks('hugetlb limit capabilities', 'Hugetlb limit discarded.'),
    lacks('kernel memory limit capabilities', 'Limitation discarded.'),
  ]);
  expect(() => checkResources({ CpuRealtimeRuntime: 1 }, { ...ALL, realtime: false })).toThrow(
    'kernel does not support CPU real-time scheduler',
  );
});

test('without swap accounting memory is limited alone', () => {
  const { resources, warnings } = checkResources<Resources>({ Memory: 64 * MIB }, { ...ALL, swap: false });
  expect(resources.MemorySwap).toBe(-1);
  expect(warnings[0]).toMatch(/Memory limited without swap/);
});

test('lists of cpuset(7)', () => {
  expect([...(parseList('0-2,5') ?? [])]).toEqual([0, 1, 2, 5]);
  expect(parseList('')).toBeUndefined();
  expect(parseList('3-1')).toBeUndefined();
  expect(parseList('0-4000000000')).toBeUndefined();
});
