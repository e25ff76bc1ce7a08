// go-units, as Docker prints and reads sizes.
import { UsageError } from '../exit-error.ts';

interface Scale {
  readonly base: number;
  readonly units: readonly string[];
}

const DECIMAL: Scale = { base: 1000, units: ['B', 'kB', 'MB', 'GB', 'TB', 'PB', 'EB'] };
const BINARY: Scale = { base: 1024, units: ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'] };

/** 1000-based with four digits; lists show three: `7.8MB`. */
export const humanSize = (bytes: number, digits = 4): string => scaled(bytes, DECIMAL, digits);

/** 1024-based with four digits: `512MiB`. */
export const binarySize = (bytes: number, digits = 4): string => scaled(bytes, BINARY, digits);

function scaled(bytes: number, { base, units }: Scale, digits: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= base && unit < units.length - 1) {
    value /= base;
    unit += 1;
  }
  // Go's %.4g: significant digits without trailing zeroes
  return `${Number(value.toPrecision(digits))}${units[unit] ?? ''}`;
}

const SIZE = /^(\d+(?:\.\d+)?) ?([kmgtpKMGTP]?)(?:i?[bB])?$/;
const POWERS: Readonly<Record<string, number>> = { '': 0, k: 1, m: 2, g: 3, t: 4, p: 5 };

/** `512m` → bytes, 1024-based as Docker reads memory. @throws UsageError */
export function parseBytes(text: string): number {
  const found = SIZE.exec(text);
  if (found === null) throw new UsageError(`invalid size: '${text}'`);
  return Math.trunc(Number(found[1]) * 1024 ** (POWERS[(found[2] ?? '').toLowerCase()] ?? 0));
}
