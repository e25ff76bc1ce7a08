// Failures at chosen outward calls: system calls through ffi and the synchronous functions of node:fs that change
// something. Calls are counted in the order in which they are made, so a test can walk through an operation.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { interceptCalls } from '../../src/native/ffi.ts';
import { SyscallError } from '../../src/native/syscall-error.ts';
import { CLONE } from '../../src/native/syscalls.ts';

/** EIO: no code of ours expects it anywhere. */
const EIO = 5;
const CHANGING = [
  'mkdirSync',
  'writeFileSync',
  'openSync',
  'rmSync',
  'renameSync',
  'rmdirSync',
  'unlinkSync',
  'writeSync',
] as const;
/** Harmless to fail and called without a purpose of ours (memory of a call's arguments). */
const NOT_COUNTED = new Set([
  'malloc',
  'free',
  'memcpy',
  'close',
  'waitpid',
  'posix_spawn_file_actions_destroy',
]);

export interface Injection {
  /** Calls made since it began, by name. */
  readonly calls: readonly string[];
}

/**
 * Runs `work` and lets `decide` look at each outward call, which it may fail once (by returning true) or end the
 * process at.
 */
export async function withInjection<T>(
  decide: (index: number, name: string) => boolean,
  work: (injection: Injection) => Promise<T>,
): Promise<T> {
  const calls: string[] = [];
  const see = (name: string): void => {
    calls.push(name);
    if (decide(calls.length, name)) throw new SyscallError(name, EIO, 'injected');
  };
  let away = false;
  interceptCalls((name, [first]) => {
    // Without the way back from a namespace the process ends itself, loudly: that is right, and tested elsewhere.
    const isWayBack = name === 'setns' && away;
    const leads = name === 'setns' || (name === 'unshare' && first !== CLONE.FS);
    if (leads) away = !away;
    if (isWayBack) return;
    if (!NOT_COUNTED.has(name)) see(name);
  });
  const originals = CHANGING.map((name) => [name, fs[name]] as const);
  const table = fs as unknown as Record<string, (...args: unknown[]) => unknown>;
  for (const [name, original] of originals) {
    table[name] = (...args: unknown[]) => {
      see(name);
      return (original as (...args: unknown[]) => unknown)(...args);
    };
  }
  syncBuiltinESMExports();
  try {
    return await work({ calls });
  } finally {
    interceptCalls(undefined);
    Object.assign(fs, Object.fromEntries(originals));
    syncBuiltinESMExports();
  }
}
