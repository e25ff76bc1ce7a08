// HostConfig's limits as writes into cgroup files, for either version. Pure but for the numbers of devices.
// Sources: kernel doc admin-guide/cgroup-v1 and cgroup-v2; conversions as in opencontainers/cgroups.
import type { Resources } from '../api/container-request.ts';
import { blockIoV1, blockIoV2, type DeviceNumberOf } from './block-io.ts';
import { deviceNumber } from './block-devices.ts';
import type { Controller } from './cgroup.ts';
import type { FileValues } from './file-values.ts';

export interface LimitWrite {
  readonly controller: Controller;
  readonly file: string;
  readonly value: string;
  /** The kernel may lack the file (swap accounting, a scheduler's weight): then it is passed over. */
  readonly optional?: boolean;
}

/** Which version serves a controller; undefined where none does, and the limit is left out. */
export type VersionOf = (controller: Controller) => 1 | 2 | undefined;

const DEFAULT_PERIOD_US = 100_000;

/** In an order in which the kernel takes them for a new cgroup; for an update, see `applyWrites`. */
export function limitWrites(
  resources: Resources,
  versionOf: VersionOf,
  numberOf: DeviceNumberOf = deviceNumber,
): LimitWrite[] {
  return [
    ...byVersion('memory', { v1: memoryV1, v2: memoryV2 }),
    ...byVersion('cpu', { v1: cpuV1, v2: cpuV2 }),
    ...byVersion('cpuset', { v1: cpuset, v2: cpuset }),
    ...byVersion('pids', { v1: pids, v2: pids }),
    ...byVersion('blkio', {
      v1: (asked) => blockIoV1(asked, numberOf),
      v2: (asked) => blockIoV2(asked, numberOf),
    }),
    ...byVersion('hugetlb', {
      v1: (asked) => hugetlb(asked, { limit: 'limit_in_bytes', none: -1 }),
      v2: (asked) => hugetlb(asked, { limit: 'max', none: 'max' }),
    }),
  ];

  function byVersion(
    controller: Controller,
    make: { v1: (resources: Resources) => FileValues; v2: (resources: Resources) => FileValues },
  ): LimitWrite[] {
    const version = versionOf(controller);
    if (version === undefined) return [];
    return make[version === 1 ? 'v1' : 'v2'](resources).flatMap(([file, value, optional]) =>
      value === undefined
        ? []
        : [{ controller, file, value: String(value), ...(optional ? { optional: true } : {}) }],
    );
  }
}

/** 0, null and undefined are "not given" in Docker's API. */
function given(value: number | null | undefined): number | undefined {
  return value === 0 || value === null ? undefined : value;
}

function memoryV1(resources: Resources): FileValues {
  const limit = given(resources.Memory);
  return [
    ['memory.limit_in_bytes', limit],
    ['memory.memsw.limit_in_bytes', memoryPlusSwap(resources), 'optional'],
    ['memory.soft_limit_in_bytes', given(resources.MemoryReservation)],
    ['memory.swappiness', swappiness(resources), 'optional'],
    ['memory.oom_control', resources.OomKillDisable === true ? 1 : undefined],
  ];
}

function memoryV2(resources: Resources): FileValues {
  const limit = given(resources.Memory);
  return [
    ['memory.max', limit === -1 ? 'max' : limit],
    ['memory.swap.max', swapOnly(resources), 'optional'],
    ['memory.low', given(resources.MemoryReservation)],
  ];
}

/** Docker: no MemorySwap with a Memory means as much swap again; -1 means no limit. */
function memoryPlusSwap(resources: Resources): number | undefined {
  const memory = given(resources.Memory);
  return given(resources.MemorySwap) ?? (memory === undefined || memory < 0 ? memory : memory * 2);
}

/** v2 limits swap by itself: memsw minus memory. */
function swapOnly(resources: Resources): number | 'max' | undefined {
  const both = memoryPlusSwap(resources);
  if (both === undefined) return undefined;
  return both === -1 ? 'max' : Math.max(0, both - (resources.Memory ?? 0));
}

function swappiness(resources: Resources): number | undefined {
  const value = resources.MemorySwappiness ?? -1;
  return value === -1 ? undefined : value;
}

interface Bandwidth {
  readonly periodUs: number | undefined;
  readonly quotaUs: number | undefined;
}

/** NanoCpus is quota for the default period. */
function bandwidth(resources: Resources): Bandwidth {
  const nano = given(resources.NanoCpus);
  if (nano !== undefined)
    return { periodUs: DEFAULT_PERIOD_US, quotaUs: Math.floor((nano * DEFAULT_PERIOD_US) / 1e9) };
  return { periodUs: given(resources.CpuPeriod), quotaUs: given(resources.CpuQuota) };
}

function cpuV1(resources: Resources): FileValues {
  const { periodUs, quotaUs } = bandwidth(resources);
  return [
    ['cpu.shares', given(resources.CpuShares)],
    ['cpu.cfs_period_us', periodUs],
    ['cpu.cfs_quota_us', quotaUs],
    ['cpu.rt_period_us', given(resources.CpuRealtimePeriod)],
    ['cpu.rt_runtime_us', given(resources.CpuRealtimeRuntime)],
  ];
}

function cpuV2(resources: Resources): FileValues {
  const { periodUs, quotaUs } = bandwidth(resources);
  const shares = given(resources.CpuShares);
  const isGiven = periodUs !== undefined || quotaUs !== undefined;
  const quota = quotaUs === undefined || quotaUs < 0 ? 'max' : quotaUs;
  return [
    ['cpu.weight', shares === undefined ? undefined : weightFromShares(shares)],
    ['cpu.max', isGiven ? `${quota} ${periodUs ?? DEFAULT_PERIOD_US}` : undefined],
  ];
}

/**
 * [2, 262144] to [1, 10000], such that 1024, v1's default, becomes 100, v2's: the formula of opencontainers/cgroups
 * since v0.0.5. The older one was linear and made 39 of it.
 */
export function weightFromShares(shares: number): number {
  const bounded = Math.min(Math.max(shares, 2), 262_144);
  const l = Math.log2(bounded);
  return Math.min(Math.max(Math.ceil(10 ** ((l * l + 125 * l) / 612 - 7 / 34)), 1), 10_000);
}

function cpuset(resources: Resources): FileValues {
  return [
    ['cpuset.cpus', resources.CpusetCpus || undefined],
    ['cpuset.mems', resources.CpusetMems || undefined],
  ];
}

function pids(resources: Resources): FileValues {
  const limit = resources.PidsLimit;
  if (limit === undefined || limit === null) return [];
  return [['pids.max', limit <= 0 ? 'max' : limit]];
}

/**
 * Both limits, or a program that reserves pages (mmap) would be told yes and end with SIGBUS when it touches one too
 * many. The second came with Linux 5.7.
 */
function hugetlb(
  resources: Resources,
  { limit, none }: { limit: string; none: string | number },
): FileValues {
  return (resources.HugepageLimits ?? []).flatMap(({ PageSize, Limit }): FileValues => {
    const value = Limit < 0 ? none : Limit;
    return [
      [`hugetlb.${PageSize}.${limit}`, value],
      [`hugetlb.${PageSize}.rsvd.${limit}`, value, 'optional'],
    ];
  });
}
