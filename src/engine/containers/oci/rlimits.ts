// RLIMIT_* by name, <asm-generic/resource.h>.
import { EngineError } from '../../api/errors.ts';

const RLIMITS: Readonly<Record<string, number>> = {
  cpu: 0,
  fsize: 1,
  data: 2,
  stack: 3,
  core: 4,
  rss: 5,
  nproc: 6,
  nofile: 7,
  memlock: 8,
  as: 9,
  locks: 10,
  sigpending: 11,
  msgqueue: 12,
  nice: 13,
  rtprio: 14,
  rttime: 15,
};

/** As proc_pid_limits(5) calls them. */
export const LIMIT_TITLES: Readonly<Record<string, string>> = {
  as: 'Max address space',
  core: 'Max core file size',
  cpu: 'Max cpu time',
  data: 'Max data size',
  fsize: 'Max file size',
  locks: 'Max file locks',
  memlock: 'Max locked memory',
  msgqueue: 'Max msgqueue size',
  nice: 'Max nice priority',
  nofile: 'Max open files',
  nproc: 'Max processes',
  rss: 'Max resident set',
  rtprio: 'Max realtime priority',
  rttime: 'Max realtime timeout',
  sigpending: 'Max pending signals',
  stack: 'Max stack size',
};

/** -1 is no limit: RLIM_INFINITY. */
export function rlimitValue(value: number): bigint {
  return value < 0 ? 0xffff_ffff_ffff_ffffn : BigInt(value);
}

export interface Ulimit {
  readonly Name?: string | undefined;
  readonly Soft?: number | undefined;
  readonly Hard?: number | undefined;
}

/** Throws go-units' errors: a name that is none, a soft limit above the hard one. */
export function checkUlimit({ Name = '', Soft, Hard }: Ulimit): void {
  rlimitNumber(Name);
  const [soft, hard] = [Soft ?? Hard ?? 0, Hard ?? Soft ?? 0];
  if (hard === -1 || (soft !== -1 && soft <= hard)) return;
  const shown = soft === -1 ? `soft: -1 (unlimited), hard: ${hard}` : `${soft} > ${hard}`;
  throw new EngineError(
    'invalid-parameter',
    `ulimit soft limit must be less than or equal to hard limit: ${shown}`,
  );
}

/** `nofile` and `RLIMIT_NOFILE` both give 7. */
export function rlimitNumber(name: string): number {
  const number = RLIMITS[name.toLowerCase().replace(/^rlimit_/, '')];
  if (number === undefined) throw new EngineError('invalid-parameter', `invalid ulimit type: ${name}`);
  return number;
}
