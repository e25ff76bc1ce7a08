// The flags of limits → members of the request. docker/cli's grammar (opts/throttledevice.go, opts/weightdevice.go).
import type { HostConfig, NetworkRate } from '../../engine/api/container-request.ts';
import { EngineError } from '../../engine/api/errors.ts';
import { parseNetworkRate } from '../../engine/api/network-rate.ts';
import { UsageError } from '../exit-error.ts';
import { parseBytes } from '../format/sizes.ts';
import { cut } from './key-value.ts';
import { memoryFlag, nanoCpus, withFlag } from './limits.ts';
import type { ResourceValues } from './resource-options.ts';

/** @param mayLift whether `--memory -1` is no limit, which only `update` has use for. @throws UsageError */
export function limitsFrom(values: ResourceValues, mayLift = false): HostConfig {
  return {
    Memory: memoryFlag('-m, --memory', values.memory, mayLift),
    MemorySwap: memoryFlag('--memory-swap', values['memory-swap'], true),
    MemoryReservation: memoryFlag('--memory-reservation', values['memory-reservation']),
    NanoCpus: nanoCpus(values.cpus),
    CpuShares: values['cpu-shares'],
    CpuPeriod: values['cpu-period'],
    CpuQuota: values['cpu-quota'],
    CpuRealtimePeriod: values['cpu-rt-period'],
    CpuRealtimeRuntime: values['cpu-rt-runtime'],
    CpusetCpus: values['cpuset-cpus'],
    CpusetMems: values['cpuset-mems'],
    PidsLimit: values['pids-limit'],
    ...blockIoFrom(values),
    HugepageLimits: listOf('--hugetlb', values.hugetlb, hugepageLimit),
    NetworkRate: networkRate(values['network-rate']),
  };
}

/** What Docker's pflag says of a flag that does nothing any more; '' where none was given. */
export function deprecationNote(values: Pick<ResourceValues, 'kernel-memory'>): string {
  if (values['kernel-memory'] === undefined) return '';
  return 'Flag --kernel-memory has been deprecated, and no longer supported by the kernel';
}

function blockIoFrom(values: ResourceValues): HostConfig {
  return {
    BlkioWeight: values['blkio-weight'],
    BlkioWeightDevice: listOf('--blkio-weight-device', values['blkio-weight-device'], deviceWeight),
    BlkioDeviceReadBps: listOf('--device-read-bps', values['device-read-bps'], bytesRate),
    BlkioDeviceReadIOps: listOf('--device-read-iops', values['device-read-iops'], operationsRate),
    BlkioDeviceWriteBps: listOf('--device-write-bps', values['device-write-bps'], bytesRate),
    BlkioDeviceWriteIOps: listOf('--device-write-iops', values['device-write-iops'], operationsRate),
  };
}

function listOf<T>(flag: string, texts: readonly string[], parse: (text: string) => T): T[] | undefined {
  return texts.length === 0 ? undefined : texts.map((text) => withFlag(flag, text, () => parse(text)));
}

function deviceAndValue(text: string): [path: string, value: string] {
  const [path, value] = cut(text, ':');
  if (path === '' || value === undefined) throw new UsageError(`bad format: ${text}`);
  if (!path.startsWith('/dev/')) throw new UsageError(`bad format for device path: ${text}`);
  return [path, value];
}

function deviceWeight(text: string): { Path: string; Weight: number } {
  const [Path, value] = deviceAndValue(text);
  const Weight = Number(value);
  const valid = /^\d+$/.test(value) && (Weight === 0 || (Weight >= 10 && Weight <= 1000));
  if (!valid) throw new UsageError(`invalid weight for device: ${text}`);
  return { Path, Weight };
}

function bytesRate(text: string): { Path: string; Rate: number } {
  const [Path, value] = deviceAndValue(text);
  try {
    return { Path, Rate: parseBytes(value) };
  } catch (error) {
    throw new UsageError(
      `invalid rate for device: ${text}. The correct format is <device-path>:<number>[<unit>]. Number must be a positive integer. Unit is optional and can be kb, mb, or gb`,
      { cause: error },
    );
  }
}

function operationsRate(text: string): { Path: string; Rate: number } {
  const [Path, value] = deviceAndValue(text);
  if (/^\d+$/.test(value)) return { Path, Rate: Number(value) };
  throw new UsageError(
    `invalid rate for device: ${text}. The correct format is <device-path>:<number>. Number must be a positive integer`,
  );
}

function hugepageLimit(text: string): { PageSize: string; Limit: number } {
  const [PageSize, value] = cut(text, '=');
  if (PageSize === '' || value === undefined)
    throw new UsageError(`bad format: ${text}. The correct format is <page-size>=<bytes>, as in 2MB=64m`);
  return { PageSize: PageSize.toUpperCase(), Limit: value === '-1' ? -1 : parseBytes(value) };
}

function networkRate(text: string | undefined): NetworkRate | undefined {
  if (text === undefined) return undefined;
  return withFlag('--network-rate', text, () => {
    try {
      // One value for both directions, as for taking both limits away: `0`, `unlimited`, `10mbit`.
      return parseNetworkRate(text.includes('=') ? text : `in=${text},out=${text}`);
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      throw new UsageError(error.message, { cause: error });
    }
  });
}
