// Files of /proc/<pid> as data. Pure. proc_pid_status(5), proc_pid_limits(5), user_namespaces(7), time_namespaces(7),
// cgroups(7).
import type { CapabilityFacts, IdRange, RlimitFact } from '../api/isolation-types.ts';
import { capabilityNames } from '../security/capabilities.ts';

export interface StatusFacts {
  readonly uids: number[];
  readonly gids: number[];
  readonly groups: number[];
  readonly capabilities: CapabilityFacts;
  readonly noNewPrivileges: boolean;
  readonly seccompMode: 'disabled' | 'strict' | 'filter';
  /** Undefined before Linux 5.9. */
  readonly seccompFilters: number | undefined;
}

const SECCOMP_MODES = ['disabled', 'strict', 'filter'] as const;

export function parseStatus(text: string): StatusFacts {
  const fields = new Map(
    text.split('\n').map((line) => {
      const at = line.indexOf(':');
      return [line.slice(0, at), line.slice(at + 1).trim()] as const;
    }),
  );
  const numbers = (name: string): number[] => words(fields.get(name) ?? '').map(Number);
  const names = (name: string): string[] => capabilityNames(BigInt(`0x${fields.get(name) || '0'}`));
  const filters = fields.get('Seccomp_filters');
  return {
    uids: numbers('Uid'),
    gids: numbers('Gid'),
    groups: numbers('Groups'),
    capabilities: {
      Effective: names('CapEff'),
      Permitted: names('CapPrm'),
      Inheritable: names('CapInh'),
      Bounding: names('CapBnd'),
      Ambient: names('CapAmb'),
    },
    noNewPrivileges: fields.get('NoNewPrivs') === '1',
    seccompMode: SECCOMP_MODES[Number(fields.get('Seccomp') ?? '0')] ?? 'disabled',
    seccompFilters: filters === undefined ? undefined : Number(filters),
  };
}

/** Columns stand at fixed places, since names and units may hold blanks or be missing. */
export function parseLimits(text: string): RlimitFact[] {
  const [header = '', ...lines] = text.trimEnd().split('\n');
  const starts = ['Soft Limit', 'Hard Limit', 'Units'].map((title) => header.indexOf(title));
  const [soft = 0, hard = 0, units = 0] = starts;
  return lines.map((line) => ({
    Name: line.slice(0, soft).trim(),
    Soft: line.slice(soft, hard).trim(),
    Hard: line.slice(hard, units).trim(),
    Units: line.slice(units).trim(),
  }));
}

export function parseIdMap(text: string): IdRange[] {
  return nonEmptyLines(text).map((line) => {
    const [Inside = 0, Outside = 0, Count = 0] = words(line).map(Number);
    return { Inside, Outside, Count };
  });
}

/** Only clocks that are shifted: seconds and nanoseconds, where the second count may be negative. */
export function parseTimeOffsets(text: string): Record<string, string> {
  const shifted = nonEmptyLines(text)
    .map(words)
    .filter(([, seconds, nanoseconds]) => seconds !== '0' || nanoseconds !== '0');
  return Object.fromEntries(
    shifted.map(([clock = '', seconds = '0', nanoseconds = '0']) => [
      clock,
      `${seconds}.${nanoseconds.padStart(9, '0')}`,
    ]),
  );
}

export interface Membership {
  readonly version: 1 | 2;
  /** Of v1; `name=systemd` for a hierarchy without controllers. */
  readonly controllers: readonly string[];
  readonly path: string;
}

/** `4:memory:/gantry/abc`, and `0::/gantry/abc` for v2; a path may hold colons. */
export function parseMembership(text: string): Membership[] {
  return nonEmptyLines(text).map((line) => {
    const [id = '', controllers = '', ...path] = line.split(':');
    const isV2 = id === '0' && controllers === '';
    return { version: isV2 ? 2 : 1, controllers: isV2 ? [] : controllers.split(','), path: path.join(':') };
  });
}

function nonEmptyLines(text: string): string[] {
  return text.split('\n').filter((line) => line.trim() !== '');
}

function words(text: string): string[] {
  return text.split(/\s+/).filter(Boolean);
}
