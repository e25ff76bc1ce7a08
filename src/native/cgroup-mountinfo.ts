import { readFileSync, statSync } from 'node:fs';
import { majorOf, minorOf } from './device-number.ts';
import { parseMountinfo } from './mountinfo.ts';

/**
 * The lines of our mount table (proc_pid_mountinfo(5)) for cgroups. Without those that another mount hides: they stay in the
 * table, and their paths lead elsewhere.
 */
export function cgroupMountinfo(): string {
  const lines = readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
  return lines
    .filter((line) => line.includes(' - cgroup') && parseMountinfo(line).some(isReached))
    .join('\n');
}

function isReached({ target, device }: { readonly target: string; readonly device: string }): boolean {
  const there = statSync(target, { throwIfNoEntry: false })?.dev;
  return there !== undefined && device === `${majorOf(there)}:${minorOf(there)}`;
}
