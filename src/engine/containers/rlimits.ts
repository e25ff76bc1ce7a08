// RLIMIT_* by name, <asm-generic/resource.h>.
import { EngineError } from '../api/errors.ts';

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

/** `nofile` and `RLIMIT_NOFILE` both give 7. */
export function rlimitNumber(name: string): number {
  const number = RLIMITS[name.toLowerCase().replace(/^rlimit_/, '')];
  if (number === undefined) throw new EngineError('invalid-parameter', `invalid ulimit type: ${name}`);
  return number;
}
