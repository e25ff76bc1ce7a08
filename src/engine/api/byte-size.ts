// How bytes are written: `512m`, `1.5GiB`. All units are powers of 1024, as Docker reads memory (go-units, RAMInBytes). Pure.

const SIZE = /^(\d+\.?\d*|\.\d+) ?([kmgtp]?)(?:i?b)?$/i;
const UNITS = ['', 'k', 'm', 'g', 't', 'p'];

/** Undefined where it is no size. */
export function parseByteSize(text: string): number | undefined {
  const [, digits, unit = ''] = SIZE.exec(text) ?? [];
  return digits === undefined
    ? undefined
    : Math.trunc(Number(digits) * 1024 ** UNITS.indexOf(unit.toLowerCase()));
}
