// Docker's validation of limits (moby: daemon/daemon_unix.go, verifyPlatformContainerResources). Pure.
import type { Resources } from '../api/container-request.ts';
import { checkBlockIo } from './block-io-checks.ts';
import type { CheckedResources } from './cgroup.ts';
import { refuse, unsupported, type Check, type ResourceSupport } from './resource-check.ts';

const SIX_MIB = 6 * 1024 * 1024;

/** Throws invalid-parameter in Docker's words; takes out what the kernel cannot do, with Docker's warning. */
export function checkResources<T extends Resources>(
  resources: T,
  support: ResourceSupport,
): CheckedResources<T> {
  const warnings: string[] = [];
  const checked = { ...resources };
  const check: Check = { resources: checked, support, warn: (text) => warnings.push(text) };
  for (const one of CHECKS) one(check);
  return { resources: checked, warnings };
}

const CHECKS: readonly ((check: Check) => void)[] = [
  checkMemory,
  checkSwap,
  checkSwappiness,
  checkReservation,
  checkOomKillDisable,
  checkPids,
  checkCpuConflicts,
  checkCpuSupport,
  checkCpuShares,
  checkCpuRanges,
  checkCpuset,
  checkRealtime,
  checkBlockIo,
  checkHugepages,
  checkKernelMemory,
];

function checkMemory({ resources, support, warn }: Check): void {
  const memory = resources.Memory ?? 0;
  // -1 is our own: no limit, so that an update can take one away.
  if (memory !== 0 && memory !== -1 && memory < SIX_MIB) throw refuse('Minimum memory limit allowed is 6MB');
  if (memory === 0 || support.memory) return;
  warn(unsupported('memory limit capabilities', 'Limitation discarded.'));
  delete resources.Memory;
  delete resources.MemorySwap;
}

function checkSwap({ resources, support, warn }: Check): void {
  const { Memory: memory = 0, MemorySwap: swap = 0 } = resources;
  if (memory > 0 && swap > 0 && swap < memory)
    throw refuse('Minimum memoryswap limit should be larger than memory limit, see usage');
  if (memory === 0 && swap > 0)
    throw refuse('You should always set the Memory limit when using Memoryswap limit, see usage');
  if (memory === 0 || swap === -1 || support.swap) return;
  warn(unsupported('swap limit capabilities', 'Memory limited without swap.'));
  resources.MemorySwap = -1;
}

function checkSwappiness({ resources, support, warn }: Check): void {
  const value = resources.MemorySwappiness ?? -1;
  if (value < -1 || value > 100)
    throw refuse(`Invalid value: ${value}, valid memory swappiness range is 0-100`);
  if (value === -1 || support.swappiness) return;
  warn(unsupported('memory swappiness capabilities', 'Memory swappiness discarded.'));
  delete resources.MemorySwappiness;
}

function checkReservation({ resources, support, warn }: Check): void {
  const { Memory: memory = 0, MemoryReservation: reservation = 0 } = resources;
  if (reservation > 0 && reservation < SIX_MIB) throw refuse('Minimum memory reservation allowed is 6MB');
  if (memory > 0 && reservation > 0 && memory < reservation)
    throw refuse('Minimum memory limit can not be less than memory reservation limit, see usage');
  if (reservation === 0 || support.memory) return;
  warn(unsupported('memory soft limit capabilities', 'Limitation discarded.'));
  delete resources.MemoryReservation;
}

function checkOomKillDisable({ resources, support, warn }: Check): void {
  if (resources.OomKillDisable !== true) return;
  if (!support.oomKillDisable) {
    warn('Your kernel does not support OomKillDisable. OomKillDisable discarded.');
    delete resources.OomKillDisable;
  } else if ((resources.Memory ?? 0) === 0) {
    warn(
      'OOM killer is disabled for the container, but no memory limit is set, this can result in the system running out of resources.',
    );
  }
}

function checkPids({ resources, support, warn }: Check): void {
  if ((resources.PidsLimit ?? 0) <= 0 || support.pids) return;
  warn(unsupported('PIDs limit capabilities', 'PIDs limit discarded.'));
  delete resources.PidsLimit;
}

function checkCpuConflicts({ resources }: Check): void {
  const { NanoCpus: nano = 0, CpuPeriod: period = 0, CpuQuota: quota = 0 } = resources;
  if (nano > 0 && period > 0)
    throw refuse('Conflicting options: Nano CPUs and CPU Period cannot both be set.');
  if (nano > 0 && quota > 0) throw refuse('Conflicting options: Nano CPUs and CPU Quota cannot both be set.');
}

function checkCpuSupport({ resources, support, warn }: Check): void {
  if (support.cpu) return;
  if ((resources.NanoCpus ?? 0) > 0) {
    throw refuse(
      'NanoCPUs can not be set, as your kernel does not support CPU CFS scheduler or the cgroup is not mounted',
    );
  }
  if ((resources.CpuShares ?? 0) > 0) warn(unsupported('CPU shares', 'Shares discarded.'));
  if ((resources.CpuPeriod ?? 0) > 0) warn(unsupported('CPU CFS scheduler', 'CPU period discarded.'));
  if ((resources.CpuQuota ?? 0) !== 0) warn(unsupported('CPU CFS scheduler', 'CPU quota discarded.'));
  delete resources.CpuShares;
  delete resources.CpuPeriod;
  delete resources.CpuQuota;
}

function checkCpuShares({ resources: { CpuShares: shares = 0 } }: Check): void {
  if (shares < 0) throw refuse(`invalid CPU shares (${shares}): value must be a positive integer`);
}

function checkCpuRanges({ resources, support }: Check): void {
  const { NanoCpus: nano = 0, CpuPeriod: period = 0, CpuQuota: quota = 0 } = resources;
  if (nano < 0 || nano > support.cpus * 1e9) {
    throw refuse(
      `Range of CPUs is from 0.01 to ${support.cpus}.00, as there are only ${support.cpus} CPUs available`,
    );
  }
  if (period !== 0 && (period < 1000 || period > 1_000_000)) {
    throw refuse('CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)');
  }
  if (quota > 0 && quota < 1000) throw refuse('CPU cfs quota can not be less than 1ms (i.e. 1000)');
}

function checkCpuset({ resources, support, warn }: Check): void {
  const { CpusetCpus: cpus = '', CpusetMems: mems = '' } = resources;
  if (!support.cpuset && (cpus !== '' || mems !== '')) {
    warn(unsupported('cpuset', 'Cpuset discarded.'));
    delete resources.CpusetCpus;
    delete resources.CpusetMems;
    return;
  }
  requireAvailable({ what: 'CPUs', field: 'cpus' }, cpus, support.cpusAvailable);
  requireAvailable({ what: 'memory nodes', field: 'mems' }, mems, support.memsAvailable);
}

function requireAvailable(
  names: { readonly what: string; readonly field: string },
  wanted: string,
  available: string,
): void {
  if (wanted === '') return;
  const list = parseList(wanted);
  if (list === undefined) throw refuse(`Invalid value ${wanted} for cpuset ${names.field}`);
  const known = parseList(available) ?? new Set();
  if ([...list].every((number) => known.has(number))) return;
  throw refuse(`Requested ${names.what} are not available - requested ${wanted}, available: ${available}`);
}

/** More would be a typing error, and `0-4000000000` must not make a set of that size. */
const HIGHEST_NUMBER = 8192;

/** `0-3,8` of cpuset(7) as numbers; undefined where it is none. */
export function parseList(text: string): Set<number> | undefined {
  const numbers = new Set<number>();
  for (const part of text.trim().split(',')) {
    const match = /^(\d+)(?:-(\d+))?$/.exec(part.trim());
    if (match === null) return undefined;
    const first = Number(match[1]);
    const last = Number(match[2] ?? match[1]);
    if (last < first || last > HIGHEST_NUMBER) return undefined;
    for (let number = first; number <= last; number += 1) numbers.add(number);
  }
  return numbers;
}

function checkKernelMemory({ resources, warn }: Check): void {
  if ((resources.KernelMemory ?? 0) > 0)
    warn(unsupported('kernel memory limit capabilities', 'Limitation discarded.'));
  delete resources.KernelMemory;
}

/** Docker refuses here where it warns elsewhere (moby: runconfig/hostconfig_unix.go). */
function checkRealtime({ resources, support }: Check): void {
  const { CpuRealtimePeriod: period = 0, CpuRealtimeRuntime: runtime = 0 } = resources;
  if ((period !== 0 || runtime !== 0) && !support.realtime)
    throw refuse('kernel does not support CPU real-time scheduler');
  if (period !== 0 && runtime > period)
    throw refuse('cpu real-time runtime cannot be higher than cpu real-time period');
}

/** Ours, in the style of the others: Docker has no such limit. */
function checkHugepages({ resources, support, warn }: Check): void {
  const limits = resources.HugepageLimits ?? [];
  if (limits.length === 0) return;
  for (const { PageSize, Limit } of limits) {
    if (!support.hugepageSizes.includes(PageSize)) {
      throw refuse(
        `Huge pages of ${PageSize} are not available - available: ${support.hugepageSizes.join(', ') || 'none'}`,
      );
    }
    if (Limit < -1) throw refuse(`Invalid value: ${Limit}, a hugetlb limit is 0 or more, or -1 for none`);
  }
  if (support.hugetlb) return;
  warn(unsupported('hugetlb limit capabilities', 'Hugetlb limit discarded.'));
  delete resources.HugepageLimits;
}
