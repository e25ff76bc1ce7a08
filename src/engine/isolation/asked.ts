// What the record of a container asked for, in the words in which the kernel answers.
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
  /** Those of `coveredPaths` that this kernel has. */
  readonly isThere: (path: string) => boolean;
  readonly layout: CgroupLayout;
  readonly memberships: readonly Membership[];
}

export function askedOf(record: ContainerRecord, { isThere, layout, memberships }: Place): Asked {
  const { maskedPaths, readonlyPaths } = coveredPaths(record);
  const { hostConfig, mounts } = record;
  return {
    hostConfig,
    mounts,
    limits: limitWrites(hostConfig, (name) => hierarchyOf(layout, name)?.version),
    heldValue: (write) => heldValue(layout, memberships, write),
    maskedPaths: maskedPaths.filter(isThere),
    readonlyPaths: readonlyPaths.filter(isThere),
  };
}

/** What is to be masked and read-only. */
export function coveredPaths({
  hostConfig,
}: ContainerRecord): Readonly<Record<'maskedPaths' | 'readonlyPaths', readonly string[]>> {
  const { SecurityOpt, Privileged, MaskedPaths, ReadonlyPaths } = hostConfig;
  if (securityOptions(SecurityOpt, Privileged).systemPathsUnconfined)
    return { maskedPaths: [], readonlyPaths: [] };
  return {
    maskedPaths: MaskedPaths ?? [...MASKED_PATHS, ...thermalPaths()],
    readonlyPaths: ReadonlyPaths ?? READONLY_PATHS,
  };
}
