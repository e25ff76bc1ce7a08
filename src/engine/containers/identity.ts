// Ids, names and process identities.
import { readFileSync } from 'node:fs';
import { unixMicroseconds } from '../../native/clock.ts';
import { randomHex } from '../../native/random.ts';
import { isErrno } from '../../native/syscall-error.ts';
import { EngineError } from '../api/errors.ts';
import type { ProcessIdentity } from './container.ts';

/** 64 hexadecimal digits. Never all decimal in the first twelve, which shells and DNS take for a number. */
export function newId(): string {
  for (;;) {
    const id = randomHex(32);
    if (!/^\d+$/.test(id.slice(0, 12))) return id;
  }
}

export function assertValidName(name: string): void {
  if (/^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/.test(name)) return;
  throw new EngineError(
    'invalid-parameter',
    `Invalid container name (${name}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed`,
  );
}

const ADJECTIVES =
  'able airy amber ample apt azure bold brave brisk bright calm candid clear clever cosy crisp deft eager early fair fleet fond frank fresh gentle glad golden grand hale handy hardy humble jolly keen kind lively loyal lucid mellow merry mild nimble noble patient plucky polite prime proud quick quiet rapid ready robust royal sharp silver smart snug sober solid spry steady still stout sunny swift tidy trusty vivid warm witty';
const THINGS =
  'anchor barge beacon boom bow brig bridge buoy cable canal capstan cargo chain cleat coaster crane crate cutter davit derrick dinghy dock fender ferry frigate galley gangway gantry girder harbour hatch hawser helm hoist hold hook hull jetty jib keel ketch kraken lantern lever lighter liner lock mast mole mooring oar pallet pier pilot pinnace piston port portal pulley quay raft rigging rope rudder sail schooner shackle sheave skiff slip sloop spar stern tackle tiller trawler trestle tug winch windlass yard';

/** For a container without a name: `calm_ferry`; later tries get a number. */
export function randomName(attempt: number): string {
  const pick = (words: string): string => {
    const list = words.split(' ');
    return list[Math.floor(Math.random() * list.length)] ?? 'plain';
  };
  return `${pick(ADJECTIVES)}_${pick(THINGS)}${attempt > 2 ? Math.floor(Math.random() * 10_000) : ''}`;
}

/** Undefined where there is no such process, or only its zombie. */
export function identifyProcess(pid: number): ProcessIdentity | undefined {
  const fields = statOf(pid);
  if (fields === undefined || fields[0] === 'Z' || fields[0] === 'X') return undefined;
  return { pid, startTicks: Number(fields[19]) };
}

/** What follows the name in proc_pid_stat(5). */
function statOf(pid: number): readonly string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the name in parentheses and may hold anything.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ESRCH')) return undefined;
    throw error;
  }
}

/** True while this very process lives. */
export function isProcessAlive(identity: ProcessIdentity): boolean {
  return identifyProcess(identity.pid)?.startTicks === identity.startTicks;
}

/** True while the pid means this process, if only as a zombie: other threads of it may live on. */
export function isProcessThere({ pid, startTicks }: ProcessIdentity): boolean {
  return Number(statOf(pid)?.[19]) === startTicks;
}

/** RFC 3339 with nanoseconds, UTC, as Docker writes times; ours has microseconds. */
export function timestamp(): string {
  const microseconds = unixMicroseconds();
  const date = new Date(Math.floor(microseconds / 1000));
  return `${date.toISOString().slice(0, 20)}${String(microseconds % 1_000_000).padStart(6, '0')}000Z`;
}
