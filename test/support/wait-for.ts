import { setTimeout as delay } from 'node:timers/promises';

/** An emulated machine gets more time; the tests say what is right for a real one. */
export const SLOWNESS = Number(process.env['GANTRY_TEST_SLOWNESS'] ?? 1);

export interface WaitOptions {
  /** What is waited for, for the message of the failure. */
  readonly reason: string;
  readonly timeoutMs?: number;
  readonly intervalMs?: number;
}

/** Asks until the answer is neither undefined nor false, and returns it; throws with the reason when time is up. */
export async function waitFor<T>(
  question: () => T | Promise<T>,
  { reason, timeoutMs: usualMs = 10_000, intervalMs = 10 }: WaitOptions,
): Promise<Exclude<T, undefined | false>> {
  const timeoutMs = usualMs * SLOWNESS;
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const answer = await question();
    if (answer !== undefined && answer !== false) return answer as Exclude<T, undefined | false>;
    if (Date.now() > deadline) throw new Error(`waited ${timeoutMs} ms in vain: ${reason}`);
    await delay(intervalMs);
  }
}
