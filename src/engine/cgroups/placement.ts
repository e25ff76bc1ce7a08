// Where the cgroups of containers are: below a directory of our own, or in units that systemd has delegated.
import { existsSync } from 'node:fs';
import { join, normalize } from 'node:path';
import { EngineError } from '../api/errors.ts';
import type { CgroupLayout } from './cgroup.ts';
import { type SystemdOptions, monitorsIn, runsThisMachine, startUnit, unitFor } from './systemd.ts';

/** Each takes HostConfig.CgroupParent, '' for the engine's own. Paths are from the hierarchies' roots. */
export interface Placement {
  /** Docker's names. */
  readonly driver: 'cgroupfs' | 'systemd';
  /** Throws invalid-parameter for what cannot be a parent. */
  parentPath(parent: string): string;
  /** Of the directories on the way to it, the one that is not ours to make. */
  topPath(parent: string): string;
  /** Where monitors are; undefined leaves them where they are started. */
  monitorsPath(parent: string): string | undefined;
  /** Has what is not ours made. */
  prepare(parent: string): Promise<void>;
}

const DEFAULT_CGROUP_PARENT = '/gantry';

/**
 * As Docker decides: systemd's units where it runs the machine with cgroup v2 alone. An own parent, which the user has
 * named, is used as it is.
 */
export function placementFor(
  layout: CgroupLayout,
  {
    parent,
    systemd,
  }: { readonly parent?: string | undefined; readonly systemd?: SystemdOptions | undefined },
): Placement {
  const [unified] = layout.hierarchies;
  return !parent &&
    systemd !== undefined &&
    layout.kind === 'v2' &&
    unified !== undefined &&
    runsThisMachine()
    ? inUnits(systemd, unified.mountPoint)
    : inDirectory(parent || DEFAULT_CGROUP_PARENT);
}

function inDirectory(own: string): Placement {
  return {
    driver: 'cgroupfs',
    parentPath: (parent) => directoryPath(parent || own),
    topPath: () => '/',
    monitorsPath: () => undefined,
    prepare: () => Promise.resolve(),
  };
}

/** Absolute, without a way up: the name comes from a client. */
function directoryPath(parent: string): string {
  if (parent.split('/').includes('..') || parent.includes('\0'))
    throw new EngineError('invalid-parameter', `invalid cgroup parent: '${parent}'`);
  return normalize(`/${parent}`);
}

function inUnits(options: SystemdOptions, mountPoint: string): Placement {
  const unitPath = (parent: string) => unitFor(parent, options).path;
  return {
    driver: 'systemd',
    parentPath: unitPath,
    topPath: unitPath,
    monitorsPath: (parent) => monitorsIn(unitPath(parent)),
    prepare: async (parent) => {
      const unit = unitFor(parent, options);
      const directory = join(mountPoint, unit.path);
      if (!existsSync(monitorsIn(directory))) await startUnit(unit, directory);
    },
  };
}
