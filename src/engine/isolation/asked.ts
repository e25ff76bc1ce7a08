// What the record of a container asked for, in the words in which the kernel answers.
import { closeSync, constants, openSync } from 'node:fs';
import { openInRoot } from '../../native/descriptors.ts';
import { isErrno } from '../../native/syscall-error.ts';
import { closeFd } from '../../native/syscalls.ts';
import type { CgroupLayout } from '../cgroups/cgroup.ts';
import { hierarchyOf } from '../cgroups/layout.ts';
import { limitWrites } from '../cgroups/limits.ts';
import type { ContainerRecord } from '../containers/container.ts';
import { MASKED_PATHS } from '../security/defaults.ts';
import { securityOptions } from '../security/security-options.ts';
import { heldValue } from './cgroup-facts.ts';
import type { Asked } from './differences.ts';
import type { Membership } from './process-texts.ts';

interface Place {
  readonly pid: number;
  readonly layout: CgroupLayout;
  readonly memberships: readonly Membership[];
}

export function askedOf(record: ContainerRecord, { pid, layout, memberships }: Place): Asked {
  const { hostConfig, mounts } = record;
  return {
    hostConfig,
    mounts,
    limits: limitWrites(hostConfig, (name) => hierarchyOf(layout, name)?.version),
    heldValue: (write) => heldValue(layout, memberships, write),
    maskable: maskablePaths(record, pid),
  };
}

function maskablePaths({ hostConfig }: ContainerRecord, pid: number): string[] {
  const { SecurityOpt, Privileged, MaskedPaths } = hostConfig;
  if (securityOptions(SecurityOpt, Privileged).systemPathsUnconfined) return [];
  const root = openSync(`/proc/${pid}/root`, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    return (MaskedPaths ?? MASKED_PATHS).filter((path) => exists(root, path));
  } finally {
    closeSync(root);
  }
}

function exists(root: number, path: string): boolean {
  try {
    closeFd(openInRoot(root, path));
    return true;
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return false;
    throw error;
  }
}
