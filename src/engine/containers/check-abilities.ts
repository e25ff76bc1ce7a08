// What this process may not grant, since it was itself confined: told when a container is created, and clamped when it
// starts. Only without CAP_SYS_RESOURCE.
import type { HostConfig } from '../api/container-request.ts';
import { capabilityNames, ownBoundingSet } from '../security/capabilities.ts';
import { textIfThere } from '../../native/if-there.ts';
import { LIMIT_TITLES } from './rlimits.ts';

export interface OwnLimits {
  readonly mayRaise: boolean;
  readonly oomScore: number;
  /** Hard limits by Docker's names; undefined for none. */
  readonly hard: (name: string) => number | undefined;
}

export function abilityWarnings(
  { OomScoreAdj, Ulimits }: Pick<HostConfig, 'OomScoreAdj' | 'Ulimits'>,
  own: () => OwnLimits = ownLimits,
): string[] {
  if (OomScoreAdj === undefined && (Ulimits ?? []).length === 0) return [];
  const { mayRaise, oomScore, hard } = own();
  if (mayRaise) return [];
  const score = OomScoreAdj ?? oomScore;
  const tooLow =
    score < oomScore
      ? [`oom score adj ${score} cannot be given without CAP_SYS_RESOURCE: it is ${oomScore} instead`]
      : [];
  const tooHigh = (Ulimits ?? []).flatMap(({ Name = '', Soft = 0, Hard = Soft }) => {
    const most = hard(Name);
    if (most === undefined || (Hard !== -1 && Hard <= most)) return [];
    return [`ulimit ${Name} of ${Hard} cannot be given without CAP_SYS_RESOURCE: it is ${most} instead`];
  });
  return [...tooLow, ...tooHigh];
}

function ownLimits(): OwnLimits {
  const limits = textIfThere('/proc/self/limits', 'EACCES');
  return {
    mayRaise: capabilityNames(ownBoundingSet()).includes('CAP_SYS_RESOURCE'),
    oomScore: Number(textIfThere('/proc/self/oom_score_adj', 'EACCES')),
    hard: (name) => hardLimit(limits, LIMIT_TITLES[name] ?? name),
  };
}

/** `Max open files   1024   4096   files` */
export function hardLimit(limits: string, title: string): number | undefined {
  const hard = new RegExp(`^${title}\\s+\\S+\\s+(\\d+)`, 'm').exec(limits)?.[1];
  return hard === undefined ? undefined : Number(hard);
}
