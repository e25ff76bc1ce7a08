// What one check of a limit works with.
import type { Resources } from '../api/container-request.ts';
import { EngineError } from '../api/errors.ts';

/** What this machine's kernel and mounts can do. */
export interface ResourceSupport {
  readonly cpus: number;
  /** List format of cpuset(7), e.g. `0-3,8`. */
  readonly cpusAvailable: string;
  readonly memsAvailable: string;
  readonly memory: boolean;
  readonly swap: boolean;
  readonly swappiness: boolean;
  readonly oomKillDisable: boolean;
  readonly pids: boolean;
  readonly cpu: boolean;
  readonly cpuset: boolean;
  readonly blkioWeight: boolean;
  readonly blkioWeightDevice: boolean;
  readonly blkioThrottle: boolean;
  /** Real-time budgets for cgroups: v1 and CONFIG_RT_GROUP_SCHED. */
  readonly realtime: boolean;
  readonly hugetlb: boolean;
  /** `2MB`, `1GB`: in the names of the controller's files. */
  readonly hugepageSizes: readonly string[];
}

export interface Check {
  /** A copy: what cannot be done is deleted. */
  readonly resources: Resources;
  readonly support: ResourceSupport;
  readonly warn: (text: string) => void;
}

export function refuse(text: string): EngineError {
  return new EngineError('invalid-parameter', text);
}

export function unsupported(what: string, consequence: string): string {
  return `Your kernel does not support ${what} or the cgroup is not mounted. ${consequence}`;
}
