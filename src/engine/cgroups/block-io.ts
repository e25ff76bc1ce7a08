// Block I/O limits as writes: a weight for all devices, and weights, bytes and operations per second for single ones.
// Pure. Sources: kernel doc cgroup-v1/blkio-controller and cgroup-v2, "IO".
import type { Resources } from '../api/container-request.ts';
import type { FileValues } from './file-values.ts';

/** `8:0` of a device's path. */
export type DeviceNumberOf = (path: string) => string;

/** One write a device and file: each replaces what stood for that device, and 0 takes it away. */
export function blockIoV1(resources: Resources, numberOf: DeviceNumberOf): FileValues {
  const weight = resources.BlkioWeight || undefined;
  return [
    ['blkio.bfq.weight', weight, 'optional'],
    ['blkio.weight', weight, 'optional'],
    ...(resources.BlkioWeightDevice ?? []).flatMap(({ Path, Weight }): FileValues => {
      const value = `${numberOf(Path)} ${Weight}`;
      return [
        ['blkio.bfq.weight_device', value, 'optional'],
        ['blkio.weight_device', value, 'optional'],
      ];
    }),
    ...THROTTLES.flatMap(({ member, v1 }) =>
      (resources[member] ?? []).map(({ Path, Rate }) => [v1, `${numberOf(Path)} ${Rate}`] as const),
    ),
  ];
}

/** The four rates of one device are one write, since they stand in one line of io.max. */
export function blockIoV2(resources: Resources, numberOf: DeviceNumberOf): FileValues {
  const weight = resources.BlkioWeight || undefined;
  return [
    ['io.bfq.weight', weight, 'optional'],
    ['io.weight', weight === undefined ? undefined : ioWeight(weight), 'optional'],
    ...(resources.BlkioWeightDevice ?? []).flatMap(({ Path, Weight }): FileValues => {
      const number = numberOf(Path);
      return [
        ['io.bfq.weight', `${number} ${Weight === 0 ? 'default' : Weight}`, 'optional'],
        ['io.weight', `${number} ${Weight === 0 ? 'default' : ioWeight(Weight)}`, 'optional'],
      ];
    }),
    ...ratesByDevice(resources, numberOf).map(([number, rates]) => ['io.max', `${number} ${rates}`] as const),
  ];
}

export const THROTTLES = [
  { member: 'BlkioDeviceReadBps', v1: 'blkio.throttle.read_bps_device', v2: 'rbps' },
  { member: 'BlkioDeviceWriteBps', v1: 'blkio.throttle.write_bps_device', v2: 'wbps' },
  { member: 'BlkioDeviceReadIOps', v1: 'blkio.throttle.read_iops_device', v2: 'riops' },
  { member: 'BlkioDeviceWriteIOps', v1: 'blkio.throttle.write_iops_device', v2: 'wiops' },
] as const;

function ratesByDevice(resources: Resources, numberOf: DeviceNumberOf): [string, string][] {
  const rates = new Map<string, string[]>();
  for (const { member, v2 } of THROTTLES) {
    for (const { Path, Rate } of resources[member] ?? []) {
      const number = numberOf(Path);
      rates.set(number, [...(rates.get(number) ?? []), `${v2}=${Rate === 0 ? 'max' : Rate}`]);
    }
  }
  return [...rates].map(([number, values]) => [number, values.join(' ')]);
}

/** [10, 1000] to [1, 10000], as opencontainers/cgroups does it. */
function ioWeight(weight: number): number {
  return Math.floor(1 + ((weight - 10) * 9999) / 990);
}
