// go-units, as Docker prints and reads sizes.
import { parseByteSize } from '../../engine/api/byte-size.ts';
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

/** `512m` → bytes, 1024-based as Docker reads memory. @throws UsageError */
export function parseBytes(text: string): number {
  const bytes = parseByteSize(text);
  if (bytes === undefined) throw new UsageError(`invalid size: '${text}'`);
  return bytes;
}
