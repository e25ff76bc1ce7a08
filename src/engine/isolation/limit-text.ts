// Limits as cgroup files write them. Pure.
import { NO_LIMIT_V1 } from '../cgroups/limit-values.ts';

/** v1 says so by a number without meaning or by -1, v2 by `max`. */
export function isNoLimit(text: string): boolean {
  return limitNumber(text) === Infinity;
}

/**
 * The number that a limit stands for; Infinity for none. A quota is a share of its period: of `50000 100000` in one file,
 * or of `50000` with the period from another.
 */
export function limitNumber(text: string, period?: string): number {
  const [first = '', second] = text.split(/\s+/);
  const number = Number(first);
  if (first === 'max' || Number.isNaN(number) || number < 0 || number >= NO_LIMIT_V1) return Infinity;
  const divisor = Number(period ?? second ?? '1');
  return divisor > 0 ? number / divisor : number;
}
