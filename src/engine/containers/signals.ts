// Signals by Docker's names and numbers.
import { constants } from 'node:os';
import { EngineError } from '../api/errors.ts';

/** Linux's real-time signals as glibc hands them out, signal(7). */
const SIGRTMIN = 34;
const SIGRTMAX = 64;

/** `KILL`, `SIGKILL`, `9` and `RTMIN+3` are all understood. */
export function parseSignal(text: string): number {
  const number = /^\d+$/.test(text) ? Number(text) : numberOf(text.toUpperCase().replace(/^SIG/, ''));
  if (number !== undefined && number >= 1 && number <= SIGRTMAX) return number;
  throw new EngineError('invalid-parameter', `Invalid signal: ${text}`);
}

/** `SIGTERM` for 15. */
export function signalName(number: number): string {
  return Object.entries(constants.signals).find(([, value]) => value === number)?.[0] ?? `SIG${number}`;
}

function numberOf(name: string): number | undefined {
  const realtime = /^RT(MIN|MAX)(?:([+-])(\d+))?$/.exec(name);
  if (realtime !== null) {
    const base = realtime[1] === 'MIN' ? SIGRTMIN : SIGRTMAX;
    return base + Number(`${realtime[2] ?? '+'}${realtime[3] ?? '0'}`);
  }
  return Object.entries(constants.signals).find(([key]) => key === `SIG${name}`)?.[1];
}
