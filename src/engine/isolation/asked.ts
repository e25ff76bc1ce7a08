// What the record of a container asked for, in the words in which the kernel answers.
import { closeSync, constants, openSync } from 'node:fs';
import { openInRoot } from '../../native/descriptors.ts';
import { isErrno } from '../../native/syscall-error.ts';
import { closeFd } from '../../native/syscalls.ts';
import type { CgroupLayout } from '../cgroups/cgroup.ts';
import { hierarchyOf } from '../cgroups/layout.ts';
import { limitWrites } from '../cgroups/limits.ts';
import type { ContainerRecord } from '../containers/container.ts';
import { MASKED_PATHS, READONLY_PATHS } from '../security/defaults.ts';
import { securityOptions } from '../security/security-options.ts';
import { thermalPaths } from '../security/thermal-paths.ts';
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
    ...coveredPaths(record, pid),
  };
}

/** Of those that are to be masked and read-only, what this kernel has. */
function coveredPaths(
  { hostConfig }: ContainerRecord,
  pid: number,
): Pick<Asked, 'maskedPaths' | 'readonlyPaths'> {
  const { SecurityOpt, Privileged, MaskedPaths, ReadonlyPaths } = hostConfig;
  if (securityOptions(SecurityOpt, Privileged).systemPathsUnconfined)
    return { maskedPaths: [], readonlyPaths: [] };
  const root = openSync(`/proc/${pid}/root`, constants.O_RDONLY | constants.O_DIRECTORY);
  const isThere = (path: string): boolean => exists(root, path);
  try {
    return {
      maskedPaths: (MaskedPaths ?? [...MASKED_PATHS, ...thermalPaths()]).filter(isThere),
      readonlyPaths: (ReadonlyPaths ?? READONLY_PATHS).filter(isThere),
    };
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
