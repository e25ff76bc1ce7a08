// Docker's validation of block I/O limits (moby: daemon/daemon_unix.go). Pure.
import type { Resources } from '../api/container-request.ts';
import { THROTTLES } from './block-io.ts';
import { refuse, unsupported, type Check } from './resource-check.ts';

export function checkBlockIo(check: Check): void {
  checkWeight(check);
  checkDeviceWeights(check);
  checkRates(check);
}

function checkWeight({ resources, support, warn }: Check): void {
  const weight = resources.BlkioWeight ?? 0;
  if (weight !== 0 && (weight < 10 || weight > 1000))
    throw refuse('Range of blkio weight is from 10 to 1000');
  if (weight === 0 || support.blkioWeight) return;
  warn(unsupported('Block I/O weight', 'Weight discarded.'));
  delete resources.BlkioWeight;
}

function checkDeviceWeights({ resources, support, warn }: Check): void {
  const weights = resources.BlkioWeightDevice ?? [];
  if (weights.length === 0) return;
  const wrong = weights.find(({ Weight }) => Weight !== 0 && (Weight < 10 || Weight > 1000));
  if (wrong !== undefined) throw refuse(`invalid weight for device: ${wrong.Path}:${wrong.Weight}`);
  if (support.blkioWeightDevice) return;
  warn(unsupported('Block I/O weight_device', 'Weight-device discarded.'));
  delete resources.BlkioWeightDevice;
}

const WORDS: Readonly<Record<(typeof THROTTLES)[number]['member'], readonly [string, string]>> = {
  BlkioDeviceReadBps: ['BPS Block I/O read limit', 'Block I/O BPS read limit discarded.'],
  BlkioDeviceWriteBps: ['BPS Block I/O write limit', 'Block I/O BPS write limit discarded.'],
  BlkioDeviceReadIOps: ['IOPS Block read limit', 'Block I/O IOPS read limit discarded.'],
  BlkioDeviceWriteIOps: ['IOPS Block write limit', 'Block I/O IOPS write limit discarded.'],
};

function checkRates({ resources, support, warn }: Check): void {
  for (const { member } of THROTTLES) {
    const rates = resources[member] ?? [];
    const wrong = rates.find(({ Rate }) => Rate < 0);
    if (wrong !== undefined) throw refuse(`invalid rate for device: ${wrong.Path}:${wrong.Rate}`);
    if (rates.length === 0 || support.blkioThrottle) continue;
    warn(unsupported(...WORDS[member]));
    delete resources[member];
  }
}

/** Every path that a request names. */
export function blockDevicesOf(resources: Resources): string[] {
  const lists = [resources.BlkioWeightDevice, ...THROTTLES.map(({ member }) => resources[member])];
  return [...new Set(lists.flatMap((list) => (list ?? []).map(({ Path }) => Path)))];
}
