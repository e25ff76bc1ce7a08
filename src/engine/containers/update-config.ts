// What an update makes of a container's HostConfig, and what of it the kernel must be told. Pure; Docker's rules
// (moby: container/container_unix.go, UpdateContainer).
import type { HostConfig, Resources, UpdateContainerRequest } from '../api/container-request.ts';
import { EngineError } from '../api/errors.ts';

export interface UpdatedConfig {
  readonly hostConfig: HostConfig;
  /** The limits that change, and with each those that the kernel keeps in the same file or checks against it. */
  readonly changes: Resources;
}

/** Throws conflict where the new settings contradict those that stay. */
export function updatedConfig(current: HostConfig, asked: UpdateContainerRequest): UpdatedConfig {
  assertNoConflict(current, asked);
  const given = givenOf(asked);
  const hostConfig: HostConfig = { ...current, ...given, ...deviceLists(current, asked) };
  // A limit that is taken away leaves no trace, so that the next one begins as with a new container.
  const recorded = {
    ...hostConfig,
    ...(given.Memory === -1 ? { Memory: 0, MemorySwap: 0 } : {}),
    ...(given.CpuQuota === -1 ? { CpuQuota: 0, CpuPeriod: 0, NanoCpus: 0 } : {}),
  };
  return {
    hostConfig: recorded,
    changes: {
      ...given,
      ...coupled(recorded, given),
      ...(given.Memory === -1 ? { Memory: -1, MemorySwap: -1 } : {}),
      ...(given.CpuQuota === -1 ? { CpuQuota: -1 } : {}),
      ...changedLists(asked),
    },
  };
}

/** Without what the machine cannot do, which `checked` has lost. */
export function possibleChanges(changes: Resources, checked: Resources): Resources {
  const kept = new Set(Object.keys(checked));
  const entries = Object.entries(changes).filter(([name]) => kept.has(name));
  // Without swap accounting the check has chosen a value of its own.
  const swap = changes.Memory !== -1 && checked.MemorySwap === -1 ? { MemorySwap: -1 } : {};
  return {
    ...Object.fromEntries(entries),
    ...(kept.has('Memory') && changes.Memory !== undefined ? swap : {}),
  };
}

function assertNoConflict(current: HostConfig, asked: UpdateContainerRequest): void {
  const both = (nano: Resources, other: Resources, member: 'CpuPeriod' | 'CpuQuota'): boolean =>
    (nano.NanoCpus ?? 0) > 0 && (other[member] ?? 0) > 0;
  if (both(asked, current, 'CpuPeriod'))
    throw conflict('Nano CPUs cannot be updated as CPU Period has already been set');
  if (both(asked, current, 'CpuQuota'))
    throw conflict('Nano CPUs cannot be updated as CPU Quota has already been set');
  if (both(current, asked, 'CpuPeriod'))
    throw conflict('CPU Period cannot be updated as NanoCPUs has already been set');
  if (both(current, asked, 'CpuQuota'))
    throw conflict('CPU Quota cannot be updated as NanoCPUs has already been set');
  const swap = current.MemorySwap ?? 0;
  if (swap > 0 && (asked.Memory ?? 0) > swap && (asked.MemorySwap ?? 0) === 0) {
    throw new EngineError(
      'conflict',
      'Memory limit should be smaller than already set memoryswap limit, update the memoryswap at the same time',
    );
  }
}

function conflict(text: string): EngineError {
  return new EngineError('conflict', `Conflicting options: ${text}`);
}

/** 0, '', null and undefined mean "as it is". The lists of devices are merged by device, elsewhere. */
function givenOf(asked: UpdateContainerRequest): Resources {
  const { RestartPolicy: _policy, NetworkRate: _rate, ...resources } = asked;
  const entries = Object.entries(resources).filter(
    ([name, value]) => !isList(name) && value !== undefined && value !== null && value !== 0 && value !== '',
  );
  return Object.fromEntries(entries);
}

const LISTS = [
  'BlkioWeightDevice',
  'BlkioDeviceReadBps',
  'BlkioDeviceWriteBps',
  'BlkioDeviceReadIOps',
  'BlkioDeviceWriteIOps',
  'HugepageLimits',
] as const;

function isList(name: string): boolean {
  return LISTS.some((list) => list === name);
}

/** A device that is named gets the new value, the others keep theirs. */
function deviceLists(current: HostConfig, asked: UpdateContainerRequest): HostConfig {
  return {
    BlkioWeightDevice: merged(current.BlkioWeightDevice, asked.BlkioWeightDevice, ({ Path }) => Path),
    BlkioDeviceReadBps: merged(current.BlkioDeviceReadBps, asked.BlkioDeviceReadBps, ({ Path }) => Path),
    BlkioDeviceWriteBps: merged(current.BlkioDeviceWriteBps, asked.BlkioDeviceWriteBps, ({ Path }) => Path),
    BlkioDeviceReadIOps: merged(current.BlkioDeviceReadIOps, asked.BlkioDeviceReadIOps, ({ Path }) => Path),
    BlkioDeviceWriteIOps: merged(
      current.BlkioDeviceWriteIOps,
      asked.BlkioDeviceWriteIOps,
      ({ Path }) => Path,
    ),
    HugepageLimits: merged(current.HugepageLimits, asked.HugepageLimits, ({ PageSize }) => PageSize),
  };
}

function merged<T>(
  current: readonly T[] | null | undefined,
  asked: readonly T[] | null | undefined,
  keyOf: (item: T) => string,
): T[] | undefined {
  const items = new Map([...(current ?? []), ...(asked ?? [])].map((item) => [keyOf(item), item]));
  return items.size === 0 ? undefined : [...items.values()];
}

function changedLists(asked: UpdateContainerRequest): Resources {
  const named = LISTS.filter((name) => (asked[name] ?? []).length > 0);
  return Object.fromEntries(named.map((name) => [name, asked[name]]));
}

/** Groups of which the kernel must be told all when one changes. */
const GROUPS = [
  ['Memory', 'MemorySwap'],
  ['NanoCpus', 'CpuPeriod', 'CpuQuota'],
  ['CpuRealtimePeriod', 'CpuRealtimeRuntime'],
] as const;

function coupled(hostConfig: HostConfig, given: Resources): Resources {
  const members = GROUPS.filter((group) => group.some((member) => given[member] !== undefined)).flat();
  return Object.fromEntries(members.map((member) => [member, hostConfig[member]]));
}
