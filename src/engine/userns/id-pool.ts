// The ids of the host that ranges are taken from. Pure but for readPool.
import { fnv1a } from '../../native/fnv1a.ts';
import { textIfThere } from '../../native/if-there.ts';
import { EngineError } from '../api/errors.ts';

export interface IdRun {
  readonly start: number;
  readonly count: number;
}

export interface IdPool {
  readonly uids: readonly IdRun[];
  readonly gids: readonly IdRun[];
  /** Where they come from, for messages: `/etc/subuid of gantry`. */
  readonly origin: string;
}

/** Whose lines count: the first of them that has both files' is taken. */
export const POOL_USERS = ['gantry', 'containers', 'root'] as const;

export interface PoolSources {
  /** GANTRY_USERNS_POOL, `start:count`; for users and groups alike. */
  readonly configured: string | undefined;
  readonly subuid: string;
  readonly subgid: string;
  /** Sets engines apart that share the built-in pool. */
  readonly root: string;
}

export function readPool(root: string): IdPool {
  return poolFrom({
    configured: process.env['GANTRY_USERNS_POOL'],
    subuid: textIfThere('/etc/subuid'),
    subgid: textIfThere('/etc/subgid'),
    root,
  });
}

export function poolFrom({ configured, subuid, subgid, root }: PoolSources): IdPool {
  if (configured !== undefined && configured !== '') {
    const runs = [configuredRun(configured)];
    return { uids: runs, gids: runs, origin: 'GANTRY_USERNS_POOL' };
  }
  for (const user of POOL_USERS) {
    const [uids, gids] = [runsOf(subuid, user), runsOf(subgid, user)];
    if (uids.length > 0 && gids.length > 0)
      return { uids, gids, origin: `/etc/subuid and /etc/subgid of ${user}` };
  }
  return builtInPool(root);
}

function configuredRun(text: string): IdRun {
  const [start = Number.NaN, count = Number.NaN] = /^(\d+):(\d+)$/.exec(text)?.slice(1).map(Number) ?? [];
  if (start + count < 0xffff_ffff && count > 0) return { start, count };
  throw new EngineError('invalid-parameter', `GANTRY_USERNS_POOL is "${text}" and must be START:COUNT`);
}

/** subuid(5): `user:start:count`. */
function runsOf(text: string, user: string): IdRun[] {
  return text.split('\n').flatMap((line) => {
    const [name, start = '', count = ''] = line.trim().split(':');
    if (name !== user || !/^\d+$/.test(start) || !/^\d+$/.test(count) || Number(count) === 0) return [];
    return [{ start: Number(start), count: Number(count) }];
  });
}

/**
 * Ids that nobody hands out: above those of useradd (SUB_UID_MAX is 600,100,000) and of systemd-nspawn (up to
 * 1,879,048,191), below systemd's foreign range and below 2³¹, from where on programs mistake them for negative numbers.
 * Nothing on disk ever has them, so moving to a pool of one's own later costs nothing.
 */
export const BUILT_IN: IdRun = { start: 0x7000_0000, count: 0x0ffe_0000 };
const SLOT = 65_536;

/** Two engines on one machine know nothing of each other: each begins at a place of its own and goes round. */
function builtInPool(root: string): IdPool {
  const first = BUILT_IN.start + (Number.parseInt(fnv1a(root), 16) % (BUILT_IN.count / SLOT)) * SLOT;
  const end = BUILT_IN.start + BUILT_IN.count;
  const runs = [
    { start: first, count: end - first },
    { start: BUILT_IN.start, count: first - BUILT_IN.start },
  ].filter(({ count }) => count > 0);
  return { uids: runs, gids: runs, origin: 'the built-in pool' };
}

/** The first run of `size` ids in the pool that none of the taken ones touches. */
export function firstFree(runs: readonly IdRun[], taken: readonly IdRun[], size: number): number | undefined {
  for (const run of runs) {
    const inTheWay = taken
      .filter(({ start, count }) => start < run.start + run.count && start + count > run.start)
      .toSorted((a, b) => a.start - b.start);
    let at = run.start;
    for (const { start, count } of inTheWay) {
      if (start - at >= size) return at;
      at = Math.max(at, start + count);
    }
    if (run.start + run.count - at >= size) return at;
  }
  return undefined;
}
