// runc and crun of Debian, as whole processes: what the ratios are to.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** Runs a program to its end. @returns {number} milliseconds; throws where it fails */
export function timed(command, args, options = {}) {
  const started = process.hrtime.bigint();
  const result = spawnSync(command, args, { stdio: ['ignore', 'ignore', 'pipe'], ...options });
  const took = Number(process.hrtime.bigint() - started) / 1e6;
  if (result.error !== undefined) throw result.error;
  if (result.status !== 0)
    throw new Error(
      `${command} ${args.join(' ')} ended with ${result.status}: ${String(result.stderr).trim()}`,
    );
  return took;
}

let counter = 0;
const nextId = () => `bench-${process.pid}-${(counter += 1)}`;

export const runcRun = (bundle) => timed('runc', ['run', '--bundle', bundle, nextId()]);
export const crunRun = (bundle) => timed('crun', ['run', '--bundle', bundle, nextId()]);

const UNIFIED = '/sys/fs/cgroup/unified';

/** crun takes the hybrid layout for version 2 and stops; the mount belongs to the test host alone, so it may go. */
export function hideUnifiedCgroups() {
  if (existsSync(UNIFIED)) execFileSync('umount', [UNIFIED]);
}

export function showUnifiedCgroups() {
  if (existsSync(UNIFIED)) execFileSync('mount', ['-t', 'cgroup2', 'cgroup', UNIFIED]);
}

/** @returns {Promise<T>} @template T @param {() => T | Promise<T>} action */
export async function withoutUnified(action) {
  hideUnifiedCgroups();
  try {
    return await action();
  } finally {
    showUnifiedCgroups();
  }
}
