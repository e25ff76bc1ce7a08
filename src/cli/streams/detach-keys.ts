import { UsageError } from '../exit-error.ts';

export const DEFAULT_DETACH_KEYS = 'ctrl-p,ctrl-q';

/** `ctrl-p,ctrl-q` → bytes. @throws UsageError as moby's term package words it */
export function parseDetachKeys(text: string): number[] {
  return text.split(',').map((key) => {
    if (key.length === 1) return key.charCodeAt(0);
    const control = /^ctrl-([a-z@[\\\]^_])$/.exec(key.toLowerCase())?.[1];
    if (control === undefined)
      throw new UsageError(`invalid detach keys (${text}): Unknown character: '${key}'`);
    return control.toUpperCase().charCodeAt(0) & 0x1f;
  });
}

export interface DetachedInput {
  /** What the container may have. */
  readonly forward: Uint8Array;
  readonly detached: boolean;
}

/** Holds back the beginning of the sequence until the next key shows whether it was meant. */
export function createDetachScanner(keys: readonly number[]): (chunk: Uint8Array) => DetachedInput {
  let matched = 0;
  return (chunk) => {
    const forward: number[] = [];
    for (const byte of chunk) {
      if (byte === keys[matched]) {
        matched += 1;
        if (matched === keys.length) return { forward: Uint8Array.from(forward), detached: true };
        continue;
      }
      forward.push(...keys.slice(0, matched));
      matched = byte === keys[0] ? 1 : 0;
      if (matched === 0) forward.push(byte);
    }
    return { forward: Uint8Array.from(forward), detached: false };
  };
}
