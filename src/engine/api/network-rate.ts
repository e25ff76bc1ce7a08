// How a network rate is written: `in=10mbit,out=5mbit`. The units are those of tc(8), so bits and bytes cannot be
// mistaken for one another: `mbit` is a million bits per second, `mbps` a million bytes. Pure.
import type { NetworkRate } from './container-request.ts';
import { EngineError } from './errors.ts';

/** Both directions as the container sees them; one that is not named is missing. Throws invalid-parameter. */
export function parseNetworkRate(text: string): NetworkRate {
  const rate: NetworkRate = {};
  for (const part of text.split(',')) {
    const [name, value, ...more] = part.split('=');
    const direction = DIRECTIONS[name?.trim() ?? ''];
    if (direction === undefined || value === undefined || more.length > 0 || rate[direction] !== undefined)
      throw invalid(`bad format for network rate: "${text}"; the format is in=RATE,out=RATE`);
    rate[direction] = parseRate(value.trim());
  }
  return rate;
}

/** Bits per second of `10mbit`, `1.5gbit`, `800kbps`; 0 of `0` and `unlimited`. A bare number is bits. */
export function parseRate(text: string): number {
  if (text.toLowerCase() === 'unlimited') return 0;
  const [, number = '', unit = ''] = /^(\d+\.?\d*|\.\d+)([a-z]*)$/i.exec(text) ?? [];
  const bits = BITS.get(unit.toLowerCase());
  if (number === '' || bits === undefined) {
    throw invalid(
      `invalid rate "${text}": a number with bit, kbit, mbit, gbit (bits per second), bps, kbps, mbps, gbps (bytes per second), or unlimited`,
    );
  }
  return Math.round(Number(number) * bits);
}

/** The shortest that parses to the same: `10mbit`. */
export function formatRate(bitsPerSecond: number): string {
  if (bitsPerSecond === 0) return 'unlimited';
  const [prefix, factor] = PREFIXES.findLast(([, each]) => bitsPerSecond % each === 0) ?? ['', 1];
  return `${bitsPerSecond / factor}${prefix}bit`;
}

/** `in=10mbit,out=5mbit`; '' where nothing is limited. */
export function formatNetworkRate({ In = 0, Out = 0 }: NetworkRate): string {
  const parts = [In === 0 ? '' : `in=${formatRate(In)}`, Out === 0 ? '' : `out=${formatRate(Out)}`];
  return parts.filter((part) => part !== '').join(',');
}

const DIRECTIONS: Readonly<Record<string, 'In' | 'Out'>> = { in: 'In', out: 'Out' };

const PREFIXES = [
  ['', 1],
  ['k', 1e3],
  ['m', 1e6],
  ['g', 1e9],
  ['t', 1e12],
] as const;
const BINARY_PREFIXES = [
  ['ki', 1024],
  ['mi', 1024 ** 2],
  ['gi', 1024 ** 3],
  ['ti', 1024 ** 4],
] as const;

/** tc(8), "RATES": `bps` is bytes. */
const BITS = new Map<string, number>([
  ['', 1],
  ...[...PREFIXES, ...BINARY_PREFIXES].flatMap(([prefix, factor]): [string, number][] => [
    [`${prefix}bit`, factor],
    [`${prefix}bps`, factor * 8],
  ]),
]);

function invalid(text: string): EngineError {
  return new EngineError('invalid-parameter', text);
}
