// `--time-offset monotonic=1h30m,boottime=-90`: what the clocks of a private time namespace show beyond the host's.
import type { HostConfig, TimeOffset } from '../../engine/api/container-request.ts';
import { UsageError } from '../exit-error.ts';
import { cut } from './key-value.ts';
import { withFlag } from './limits.ts';

type TimeFlags = Pick<HostConfig, 'TimensMode' | 'TimeOffsets'>;

/** Offsets alone ask for a namespace of its own. @throws UsageError */
export function timeFrom(mode: string | undefined, offsets: readonly string[]): TimeFlags {
  if (mode !== undefined && !['', 'host', 'private'].includes(mode))
    throw new UsageError('--timens: invalid TIME mode');
  const fields = offsets.flatMap((text) => text.split(','));
  if (fields.length === 0) return mode === undefined ? {} : { TimensMode: mode };
  if (mode === 'host')
    throw new UsageError('conflicting options: --time-offset needs a time namespace of its own');
  return {
    TimensMode: 'private',
    TimeOffsets: Object.fromEntries(
      fields.map((field) => withFlag('--time-offset', field, () => clock(field))),
    ),
  };
}

const CLOCKS = { monotonic: 'Monotonic', boottime: 'Boottime' } as const;

function clock(field: string): [string, TimeOffset] {
  const [name, text = ''] = cut(field, '=');
  if (name !== 'monotonic' && name !== 'boottime')
    throw new UsageError(`unknown clock "${name}"; clocks are monotonic and boottime`);
  return [CLOCKS[name], offset(text)];
}

const NANOSECONDS: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
  d: 86_400e9,
};
const BILLION = 1_000_000_000n;

/** Seconds, or as Go writes durations, with days: `-1d12h`. */
function offset(text: string): TimeOffset {
  const [, sign, rest = ''] = /^([+-]?)(.*)$/.exec(text) ?? [];
  const parts = /^\d+(\.\d+)?$/.test(rest) ? [`${rest}s`] : (rest.match(/[\d.]+[a-zµ]+/g) ?? []);
  if (parts.length === 0 || parts.join('').replace(/s$/, '') !== rest.replace(/s$/, ''))
    throw new UsageError(`invalid duration "${text}"`);
  const total = parts.reduce((sum, part) => sum + nanoseconds(part, text), 0n);
  const signed = sign === '-' ? -total : total;
  const below = ((signed % BILLION) + BILLION) % BILLION;
  return { Secs: Number((signed - below) / BILLION), Nanosecs: Number(below) };
}

function nanoseconds(part: string, whole: string): bigint {
  const [, amount = '', unit = ''] = /^(\d+(?:\.\d+)?)([a-zµ]+)$/.exec(part) ?? [];
  const factor = NANOSECONDS[unit];
  if (amount === '' || factor === undefined) throw new UsageError(`invalid duration "${whole}"`);
  const [integer = '0', fraction = ''] = amount.split('.');
  return BigInt(integer) * BigInt(factor) + BigInt(Math.round(Number(`0.${fraction || '0'}`) * factor));
}
