// How long the seccomp program is that the running start of a container loaded.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isErrno } from '../../native/syscall-error.ts';
import { SECCOMP_INSTRUCTIONS } from '../containers/launch/prepare-launch.ts';

/** Out of the config.json of this very start; undefined where it is not there or was written by an older gantry. */
export function seccompInstructions(runDir: string): number | undefined {
  try {
    const config: unknown = JSON.parse(readFileSync(join(runDir, 'config.json'), 'utf8'));
    const annotations = member(config, 'annotations');
    const count = Number(member(annotations, SECCOMP_INSTRUCTIONS) ?? NaN);
    return Number.isInteger(count) ? count : undefined;
  } catch (error) {
    if (isErrno(error, 'ENOENT') || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null
    ? Object.getOwnPropertyDescriptor(value, name)?.value
    : undefined;
}
