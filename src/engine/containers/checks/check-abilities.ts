// What this process may not grant, since it was itself confined (without CAP_SYS_RESOURCE) or since the kernel grants it to
// nobody: told when a container is created, and clamped when it starts.
import type { HostConfig } from '../../api/container-request.ts';
import { capabilityNames, ownBoundingSet } from '../../security/capabilities.ts';
import { textIfThere } from '../../../native/if-there.ts';
import { LIMIT_TITLES } from '../oci/rlimits.ts';

export interface OwnLimits {
  readonly mayRaise: boolean;
  readonly oomScore: number;
  /** fs.nr_open: more open files the kernel gives nobody, proc_sys_fs(5). */
  readonly openFiles: number;
  /** Hard limits by Docker's names; undefined for none. */
  readonly hard: (name: string) => number | undefined;
}

export function abilityWarnings(
  { OomScoreAdj, Ulimits }: Pick<HostConfig, 'OomScoreAdj' | 'Ulimits'>,
  own: () => OwnLimits = ownLimits,
): string[] {
  if (OomScoreAdj === undefined && (Ulimits ?? []).length === 0) return [];
  const { mayRaise, oomScore, openFiles, hard } = own();
  const score = OomScoreAdj ?? oomScore;
  const tooLow =
    score < oomScore && !mayRaise
      ? [`oom score adj ${score} cannot be given without CAP_SYS_RESOURCE: it is ${oomScore} instead`]
      : [];
  const tooHigh = (Ulimits ?? []).flatMap(({ Name = '', Soft = 0, Hard = Soft }) => {
    const most = hard(Name);
    if (most === undefined || (Hard !== -1 && Hard <= most)) return [];
    const isBeyond = Name.toLowerCase() === 'nofile' && (Hard === -1 || Hard > openFiles);
    if (mayRaise && !isBeyond) return [];
    if (mayRaise)
      return [`ulimit ${Name} of ${Hard} is more than fs.nr_open (${openFiles}): it is ${most} instead`];
    return [`ulimit ${Name} of ${Hard} cannot be given without CAP_SYS_RESOURCE: it is ${most} instead`];
  });
  return [...tooLow, ...tooHigh];
}

function ownLimits(): OwnLimits {
  const limits = textIfThere('/proc/self/limits', 'EACCES');
  return {
    mayRaise: capabilityNames(ownBoundingSet()).includes('CAP_SYS_RESOURCE'),
    oomScore: Number(textIfThere('/proc/self/oom_score_adj', 'EACCES')),
    openFiles: Number(textIfThere('/proc/sys/fs/nr_open', 'EACCES')),
    hard: (name) => hardLimit(limits, LIMIT_TITLES[name] ?? name),
  };
}

/** `Max open files   1024   4096   files` */
export function hardLimit(limits: string, title: string): number | undefined {
  const hard = new RegExp(`^${title}\\s+\\S+\\s+(\\d+)`, 'm').exec(limits)?.[1];
  return hard === undefined ? undefined : Number(hard);
}
