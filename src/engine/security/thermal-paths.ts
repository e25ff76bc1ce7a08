// Counters of each processor's heat: they tell of what others compute (moby's GHSA-6fw5-f8r9-fgfm), so they are masked.
import { namesIfThere } from '../../native/if-there.ts';

const PROCESSORS = '/sys/devices/system/cpu';

let known: readonly string[] | undefined;

/** One a processor, whether the kernel has the counters or not: a mask of what is missing is passed over. */
export function thermalPaths(): readonly string[] {
  known ??= namesIfThere(PROCESSORS, 'EACCES')
    .filter((name) => /^cpu\d+$/.test(name))
    .map((name) => `${PROCESSORS}/${name}/thermal_throttle`);
  return known;
}
