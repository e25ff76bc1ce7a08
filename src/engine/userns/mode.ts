// HostConfig.UsernsMode. Pure.
import { EngineError } from '../api/errors.ts';

export type UsernsMode =
  /** None of its own. */
  | { readonly kind: 'host' }
  /** A range from the pool. */
  | { readonly kind: 'auto'; readonly size: number }
  /** A range from the pool, but the caller's own ids stay what they are. */
  | { readonly kind: 'keep-id' }
  /** That of another container. */
  | { readonly kind: 'container'; readonly container: string }
  /** 0 of the container is this uid and gid of the host. */
  | { readonly kind: 'fixed'; readonly uid: number; readonly gid: number; readonly size: number };

/** As many ids as useradd gives a user (SUB_UID_COUNT), and as images expect: `nobody` is 65534. */
export const DEFAULT_SIZE = 65_536;
/** 2³² - 1 is no id but the sign for none. */
const END_OF_IDS = 0xffff_ffff;

/** Throws invalid-parameter for what is none. @param fallback for '', the engine's own default */
export function modeFrom(text: string, fallback = 'host'): UsernsMode {
  const mode = text === '' ? fallback : text;
  if (mode === 'host' || mode === '') return { kind: 'host' };
  if (mode === 'keep-id') return { kind: 'keep-id' };
  if (mode.startsWith('container:')) return { kind: 'container', container: mode.slice('container:'.length) };
  const auto = /^auto(?::size=(\d+))?$/.exec(mode);
  if (auto !== null) return { kind: 'auto', size: inRange(mode, Number(auto[1] ?? DEFAULT_SIZE), 0) };
  return fixedFrom(mode);
}

function fixedFrom(mode: string): UsernsMode {
  const match = /^(\d+):(\d+):(\d+)$/.exec(mode);
  if (match === null) throw invalid(mode);
  const [uid = 0, gid = 0, size = 0] = match.slice(1).map(Number);
  return { kind: 'fixed', uid, gid, size: inRange(mode, size, Math.max(uid, gid)) };
}

function inRange(mode: string, size: number, first: number): number {
  if (size === 0 || first + size > END_OF_IDS) throw invalid(mode, `: ids go from 0 to ${END_OF_IDS - 1}`);
  return size;
}

function invalid(mode: string, why = ''): EngineError {
  return new EngineError(
    'invalid-parameter',
    `invalid USER mode "${mode}"${why}; there are host, auto, auto:size=N, keep-id, container:NAME and UID:GID:SIZE`,
  );
}
