// Where systemd runs the machine, cgroups are its own, except below a unit that it has delegated (systemd's
// CGROUP_DELEGATION document): elsewhere it may move, limit or remove what it did not make. So each engine has one unit a
// slice, and its containers are below the unit's cgroup:
//
//   /gantry.slice/gantry-containers.service/<container id>
//                                          /monitors         the shims, which belong to no session or service either
//                                          /holder           one `sleep`
//
// One unit, not one a container as with other engines: a scope costs a start a job and several messages over D-Bus, while
// looking whether a directory is there costs nothing. systemd removes the cgroup of a unit in which nothing runs, so one
// process that does nothing holds it (a service that has ended and counts as active was tried: its cgroup goes). When the
// unit is stopped, as at shutdown, it stops the containers first.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { EngineError } from '../api/errors.ts';
import { CgroupError } from './cgroup-files.ts';

export interface SystemdOptions {
  /** '' for the engine with the default root; engines side by side need units side by side. */
  readonly engineKey: string;
  /** Ends the containers of a slice, given as its last argument ('' for the default): what a stop of the unit runs. */
  readonly stopCommand: readonly string[];
}

/** One delegated unit. */
export interface DelegatedUnit {
  readonly name: string;
  readonly slice: string;
  /** From the hierarchy's root. */
  readonly path: string;
  readonly stopCommand: readonly string[];
}

export const DEFAULT_SLICE = 'gantry.slice';

/** sd_booted(3), and that it is process 1 of what we see: with another's pid namespace we could not ask it for anything. */
export function runsThisMachine(): boolean {
  return existsSync('/run/systemd/system') && readFileSync('/proc/1/comm', 'utf8') === 'systemd\n';
}

/** @param parent HostConfig.CgroupParent */
export function unitFor(parent: string, { engineKey, stopCommand }: SystemdOptions): DelegatedUnit {
  const slice = parent || DEFAULT_SLICE;
  const stem = slice === DEFAULT_SLICE ? '' : `.${slice.slice(0, -'.slice'.length)}`;
  const name = `gantry-containers${engineKey === '' ? '' : `-${engineKey}`}${stem}.service`;
  return { name, slice, path: `${slicePath(slice)}/${name}`, stopCommand: [...stopCommand, parent] };
}

/** systemd.slice(5): `a-b.slice` lies in `a.slice`. Docker's words for what is no slice. */
export function slicePath(slice: string): string {
  const stem = slice.endsWith('.slice') ? slice.slice(0, -'.slice'.length) : '';
  const parts = stem.split('-');
  if (!/^[\w:.\\-]+$/.test(stem) || parts.includes(''))
    throw new EngineError(
      'invalid-parameter',
      'cgroup-parent for systemd cgroup should be a valid slice named as "xxx.slice"',
    );
  return parts.map((_, index) => `/${parts.slice(0, index + 1).join('-')}.slice`).join('');
}

const LIMIT_MS = 20_000;

/** Made last by the unit: when it is there, the unit hands controllers down. @param directory of the unit's cgroup */
export const monitorsIn = (directory: string): string => join(directory, 'monitors');

/** A v2 cgroup with processes of its own hands nothing down, so the holder goes to a leaf. */
const HOLD = 'mkdir -p holder && echo 0 > holder/cgroup.procs && mkdir -p monitors && exec sleep infinity';

/**
 * Has systemd make the unit. Several processes may ask at once: one wins, and the others find its directory.
 * @param directory of the unit's cgroup
 */
export async function startUnit(unit: DelegatedUnit, directory: string): Promise<void> {
  const { execa } = await import('execa');
  const result = await execa('systemd-run', runArguments(unit, directory), {
    stdin: 'ignore',
    reject: false,
    timeout: LIMIT_MS,
  });
  const deadline = Date.now() + LIMIT_MS;
  while (!existsSync(monitorsIn(directory))) {
    if (Date.now() > deadline)
      throw new CgroupError(
        `start unit ${unit.name}: ${result.stderr || result.shortMessage || 'no cgroup came of it'}`,
      );
    await delay(10);
  }
}

function runArguments({ name, slice, stopCommand }: DelegatedUnit, directory: string): string[] {
  const properties = [
    'Type=exec',
    'Delegate=yes',
    `WorkingDirectory=${directory}`,
    // An OOM kill in one container must not be the end of the others, nor a default limit of tasks that of all of them.
    'OOMPolicy=continue',
    'OOMScoreAdjust=-999',
    'TasksMax=infinity',
    // Containers first, by their own stop signals and times; then whatever is left.
    `ExecStop=${stopCommand.map(quoted).join(' ')}`,
    'TimeoutStopSec=5min',
  ];
  return [
    '--quiet',
    '--collect',
    `--unit=${name}`,
    `--slice=${slice}`,
    '--description=Containers of gantry',
    ...properties.map((property) => `--property=${property}`),
    'sh',
    '-c',
    HOLD,
  ];
}

/** systemd.service(5), "Command lines": what would be taken apart or expanded. A percent sign is left alone over D-Bus. */
function quoted(word: string): string {
  return `"${word.replaceAll(/["\\]/g, String.raw`\$&`).replaceAll('$', '$$$$')}"`;
}
