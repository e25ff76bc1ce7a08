// The limits of a container as a form: what the engine says → texts; what a person changed → an update.
import { parseByteSize } from '../../engine/api/byte-size.ts';
import type { HostConfig, UpdateContainerRequest } from '../../engine/api/container-request.ts';
import { errorMessage } from '../../engine/api/errors.ts';
import { formatRate, parseRate } from '../../engine/api/network-rate.ts';
import { messages } from '../messages/en.ts';
import { FormError } from './run-form.ts';

export const LIMIT_FIELDS = [
  'memory',
  'reservation',
  'cpus',
  'shares',
  'cpuset',
  'pids',
  'rateIn',
  'rateOut',
] as const;
export type LimitFieldId = (typeof LIMIT_FIELDS)[number];
export type LimitTexts = Readonly<Record<LimitFieldId, string>>;

export interface LimitsForm {
  readonly containerId: string;
  readonly name: string;
  /** As the engine had them when the form was opened. */
  readonly former: LimitTexts;
  readonly texts: LimitTexts;
  /** Index into the fields. */
  readonly focused: number;
  readonly cursor: number;
  readonly error: string;
}

export function limitsForm(
  { id, name }: { readonly id: string; readonly name: string },
  config: HostConfig,
): LimitsForm {
  const former: LimitTexts = {
    memory: bytesText(config.Memory),
    reservation: bytesText(config.MemoryReservation),
    cpus: config.NanoCpus ? String(config.NanoCpus / 1e9) : '',
    shares: config.CpuShares ? String(config.CpuShares) : '',
    cpuset: config.CpusetCpus ?? '',
    pids: (config.PidsLimit ?? 0) > 0 ? String(config.PidsLimit) : '',
    rateIn: config.NetworkRate?.In ? formatRate(config.NetworkRate.In) : '',
    rateOut: config.NetworkRate?.Out ? formatRate(config.NetworkRate.Out) : '',
  };
  const { memory } = former;
  return { containerId: id, name, former, texts: former, focused: 0, cursor: memory.length, error: '' };
}

/** Undefined where nothing was changed. An emptied field takes its limit away. @throws FormError */
export function updateFrom({ former, texts }: LimitsForm): UpdateContainerRequest | undefined {
  const changed = LIMIT_FIELDS.filter((field) => texts[field].trim() !== former[field]);
  if (changed.length === 0) return undefined;
  const request: UpdateContainerRequest = {};
  for (const field of changed) Object.assign(request, CHANGES[field](texts[field].trim(), request));
  return request;
}

const CHANGES: Readonly<
  Record<LimitFieldId, (text: string, request: UpdateContainerRequest) => UpdateContainerRequest>
> = {
  memory: (text) => ({ Memory: text === '' ? -1 : bytes(text) }),
  reservation: (text) => ({ MemoryReservation: text === '' ? needed('reservation') : bytes(text) }),
  cpus: (text) => (text === '' ? { CpuQuota: -1 } : { NanoCpus: Math.round(number(text) * 1e9) }),
  // 1024 is the kernel's default.
  shares: (text) => ({ CpuShares: text === '' ? 1024 : whole(text) }),
  cpuset: (text) => ({ CpusetCpus: text === '' ? needed('cpuset') : text }),
  pids: (text) => ({ PidsLimit: text === '' ? -1 : whole(text) }),
  rateIn: (text, { NetworkRate }) => ({ NetworkRate: { ...NetworkRate, In: rate(text) } }),
  rateOut: (text, { NetworkRate }) => ({ NetworkRate: { ...NetworkRate, Out: rate(text) } }),
};

/** The kernel has no value that means "none" for these; Docker cannot take them away either. */
function needed(field: 'reservation' | 'cpuset'): never {
  throw new FormError(messages.limits.cannotBeEmpty(messages.limits[field]));
}

function number(text: string): number {
  if (!/^(\d+\.?\d*|\.\d+)$/.test(text)) throw new FormError(messages.limits.noNumber(text));
  return Number(text);
}

function whole(text: string): number {
  if (!/^\d+$/.test(text)) throw new FormError(messages.limits.notWhole(text));
  return Number(text);
}

const UNITS = ['', 'k', 'm', 'g', 't'] as const;

function bytes(text: string): number {
  const size = parseByteSize(text);
  if (size === undefined) throw new FormError(messages.limits.noSize(text));
  return size;
}

/** `64m`: the largest unit that says it exactly. */
function bytesText(value = 0): string {
  if (value <= 0) return '';
  const power = UNITS.findLastIndex((_, index) => value % 1024 ** index === 0);
  return `${value / 1024 ** power}${UNITS[power] ?? ''}`;
}

function rate(text: string): number {
  if (text === '') return 0;
  try {
    return parseRate(text);
  } catch (error) {
    throw new FormError(errorMessage(error), { cause: error });
  }
}
