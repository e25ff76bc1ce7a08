// Ranges in the state database: chosen in a transaction that other writers wait for, so two containers never get the same.
import type { IdRange } from '../../native/shim/protocol.ts';
import { EngineError } from '../api/errors.ts';
import { inTransaction, migrate, type StateDatabase } from '../state/database.ts';
import { firstFree, type IdPool, type IdRun } from './id-pool.ts';
import { DEFAULT_SIZE } from './mode.ts';
import type { OwnMode, UserNamespaces } from './user-namespaces.ts';

const MIGRATIONS = [
  `CREATE TABLE id_ranges (
     container TEXT PRIMARY KEY,
     uid INTEGER NOT NULL,
     gid INTEGER NOT NULL,
     size INTEGER NOT NULL
   ) STRICT`,
] as const;

export interface UserNamespacesOptions {
  readonly database: StateDatabase;
  readonly pool: () => IdPool;
  /** Who runs this command, and stays who he is with keep-id. */
  readonly caller: () => { readonly uid: number; readonly gid: number };
}

export function createUserNamespaces(options: UserNamespacesOptions): UserNamespaces {
  const { database } = options;
  migrate(database, 'userns', MIGRATIONS);
  return {
    claim(containerId, mode) {
      const caller = mode.kind === 'keep-id' ? ordinary(options.caller()) : undefined;
      const { uid, gid, size } = inTransaction(database, () => {
        const existing = rangesIn(database).find(({ container }) => container === containerId);
        return existing ?? insert(database, containerId, rangeFor(mode, rangesIn(database), options.pool));
      });
      return { uids: mapOf(uid, size, caller?.uid), gids: mapOf(gid, size, caller?.gid) };
    },
    share(containerId, owner) {
      inTransaction(database, () => {
        const ranges = rangesIn(database);
        if (ranges.some(({ container }) => container === containerId)) return;
        insert(database, containerId, ranges.find(({ container }) => container === owner) ?? gone(owner));
      });
    },
    release: (containerId) =>
      void database.prepare('DELETE FROM id_ranges WHERE container = ?').run(containerId),
  };
}

function gone(owner: string): never {
  throw new EngineError(
    'conflict',
    `container ${owner} is being removed: its user namespace cannot be shared`,
  );
}

/** podman does not give keep-id to root either: his containers' root would be the host's. */
function ordinary(caller: { readonly uid: number; readonly gid: number }): typeof caller {
  if (caller.uid !== 0) return caller;
  throw new EngineError(
    'invalid-parameter',
    'keep-id keeps the ids of the user who runs gantry through sudo, and root runs it himself: use --userns auto',
  );
}

interface Range {
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
}

function rangesIn(database: StateDatabase): (Range & { readonly container: string })[] {
  return database
    .prepare('SELECT container, uid, gid, size FROM id_ranges')
    .all()
    .map((row) => ({
      container: String(row['container']),
      uid: Number(row['uid']),
      gid: Number(row['gid']),
      size: Number(row['size']),
    }));
}

function insert(database: StateDatabase, container: string, range: Range): Range {
  database
    .prepare('INSERT INTO id_ranges (container, uid, gid, size) VALUES (?, ?, ?, ?)')
    .run(container, range.uid, range.gid, range.size);
  return range;
}

/** A range that somebody chose himself is written down too, so that none from the pool falls into it. */
function rangeFor(mode: OwnMode, taken: readonly Range[], pool: () => IdPool): Range {
  if (mode.kind === 'fixed') return mode;
  const size = mode.kind === 'auto' ? mode.size : DEFAULT_SIZE;
  const { uids, gids, origin } = pool();
  const free = (runs: readonly IdRun[], kind: 'uid' | 'gid'): number => {
    const others = taken.map((range) => ({ start: range[kind], count: range.size }));
    return firstFree(runs, others, size) ?? exhausted({ runs, kind, size, origin, holders: taken.length });
  };
  return { uid: free(uids, 'uid'), gid: free(gids, 'gid'), size };
}

interface Exhaustion {
  readonly runs: readonly IdRun[];
  readonly kind: 'uid' | 'gid';
  readonly size: number;
  readonly origin: string;
  readonly holders: number;
}

function exhausted({ runs, kind, size, origin, holders }: Exhaustion): never {
  const all = runs.reduce((sum, { count }) => sum + count, 0);
  const end = Math.max(...runs.map(({ start, count }) => start + count));
  throw new EngineError(
    'conflict',
    `no ${size} free ${kind}s in a row are left for the container: ${origin} has ${all}, of which ${holders} ` +
      `containers hold ranges; remove some, or add a line like gantry:${end}:${16 * DEFAULT_SIZE} to /etc/sub${kind}`,
  );
}

/** @param kept an id that is the same inside and outside */
function mapOf(outside: number, size: number, kept: number | undefined): IdRange[] {
  if (kept === undefined) return [{ inside: 0, outside, count: size }];
  const before = Math.min(kept, size);
  return [
    { inside: 0, outside, count: before },
    { inside: kept, outside: kept, count: 1 },
    { inside: kept + 1, outside: outside + kept + 1, count: size - kept - 1 },
  ].filter(({ count }) => count > 0);
}

/** sudo(8) says who called it; without it, it is who started this process. */
export function callingUser(): { readonly uid: number; readonly gid: number } {
  const number = (name: string): number | undefined => {
    const text = process.env[name];
    return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
  };
  return {
    uid: number('SUDO_UID') ?? process.getuid?.() ?? 0,
    gid: number('SUDO_GID') ?? process.getgid?.() ?? 0,
  };
}
