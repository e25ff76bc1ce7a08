// Namespaces by their inodes, and who else is in them.
import { readlinkSync } from 'node:fs';
import { isErrno } from '../../native/syscall-error.ts';
import type { NamespaceFact } from '../api/isolation-types.ts';

const KINDS = ['user', 'mnt', 'pid', 'net', 'ipc', 'uts', 'cgroup', 'time'] as const;

/** @param others containers that run beside it */
export function namespaceFacts(
  pid: number,
  others: readonly { readonly name: string; readonly pid: number }[],
): NamespaceFact[] {
  return KINDS.flatMap((Kind): NamespaceFact[] => {
    const Inode = namespaceInode(pid, Kind);
    if (Inode === undefined) return [];
    const With = others.filter((other) => namespaceInode(other.pid, Kind) === Inode).map(({ name }) => name);
    if (namespaceInode('self', Kind) === Inode) return [{ Kind, Inode, Sharing: 'host', With }];
    return [{ Kind, Inode, Sharing: With.length > 0 ? 'container' : 'private', With }];
  });
}

/** Undefined where the kernel lacks the kind, or the process has ended. */
function namespaceInode(pid: number | 'self', kind: string): number | undefined {
  try {
    return Number(/\[(\d+)\]/.exec(readlinkSync(`/proc/${pid}/ns/${kind}`))?.[1]);
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ESRCH')) return undefined;
    throw error;
  }
}
