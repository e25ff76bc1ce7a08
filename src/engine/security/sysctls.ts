// HostConfig.Sysctls: only those that belong to a namespace of the container (runc: libcontainer/configs/validate). Pure.
import { EngineError } from '../api/errors.ts';

/** Which namespaces are not the host's. */
export interface OwnNamespaces {
  readonly network: boolean;
  readonly ipc: boolean;
  readonly uts: boolean;
  readonly user: boolean;
}

/** Throws in runc's words for the first that would change the machine. */
export function checkSysctls(names: readonly string[], own: OwnNamespaces): void {
  for (const name of names) {
    const problem = problemOf(name, own);
    if (problem !== undefined) throw new EngineError('invalid-parameter', problem);
  }
}

function problemOf(name: string, own: OwnNamespaces): string | undefined {
  const parts = sysctlPath(name).split('/');
  const isPath = parts.every((part) => part !== '' && !/^\.+$/.test(part)); // not `net/../kernel/core_pattern`
  const found = isPath ? OWNERS.find(({ pattern }) => pattern.test(parts.join('/'))) : undefined;
  if (found?.namespace === undefined || (found.namespace === 'uts' && !own.uts))
    return `sysctl "${name}" is not in a separate kernel namespace`;
  return own[found.namespace] && found.always !== true ? undefined : found.refusal(name);
}

interface Owner {
  readonly pattern: RegExp;
  readonly namespace: keyof OwnNamespaces;
  readonly refusal: (name: string) => string;
  /** There is a flag for it. */
  readonly always?: boolean;
}

const OWNERS: readonly Owner[] = [
  {
    pattern: /^(kernel\/(msgmax|msgmnb|msgmni|sem|shmall|shmmax|shmmni|shm_rmid_forced)$|fs\/mqueue\/)/,
    namespace: 'ipc',
    refusal: (name) => `sysctl "${name}" is not allowed in the hosts ipc namespace`,
  },
  {
    pattern: /^net\//,
    namespace: 'network',
    refusal: (name) => `sysctl "${name}" not allowed in host network namespace`,
  },
  { pattern: /^kernel\/domainname$/, namespace: 'uts', refusal: (name) => name },
  {
    pattern: /^kernel\/hostname$/,
    namespace: 'uts',
    refusal: (name) => `sysctl "${name}" is not allowed as it conflicts with the OCI "hostname" field`,
    always: true,
  },
  {
    pattern: /^user\//,
    namespace: 'user',
    refusal: (name) => `setting ucounts without a user namespace not allowed: ${name}`,
  },
];

/**
 * Path below /proc/sys. sysctl(8): the separator that comes first counts, and the other one stands for itself, so that
 * `net.ipv4.conf.eth0/100.forwarding` and `net/ipv4/conf/eth0.100/forwarding` are the same.
 */
export function sysctlPath(name: string): string {
  if (/^[^./]*\//.test(name)) return name;
  return name.replaceAll(/[./]/g, (separator) => (separator === '.' ? '/' : '.'));
}
