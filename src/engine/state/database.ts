// The door of the state room: one SQLite file (WAL) for what must survive a reboot.
//
// Several processes read and write it at once. Readers never wait: WAL gives each a consistent view. Writers wait
// for one another for at most BUSY_TIMEOUT_MS, and every write is one short statement or transaction. Each room
// owns its tables and brings them here as a list of migrations; nobody reads another room's tables.
// With synchronous=NORMAL a power cut may lose the last moments, never the file.
import { closeSync, existsSync, openSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { makeDirectories } from '../../native/make-directories.ts';
import { closeToOthers } from '../../native/private-directory.ts';
import { EngineError } from '../api/errors.ts';
import { keepReserve } from './reserve.ts';

export type StateDatabase = DatabaseSync;

const BUSY_TIMEOUT_MS = 10_000;

/**
 * Opens or makes the file. From then on it throws unavailable where another file has come to its place, or none: nobody else
 * would see what is written. Close it with `close()`; forgetting to is harmless. Throws forbidden where it may not.
 */
export function openDatabase(file: string): StateDatabase {
  const database = openFile(file);
  const { journal_mode: mode } = database.prepare('PRAGMA journal_mode').get() ?? {};
  if (mode !== 'wal') database.exec('PRAGMA journal_mode = WAL');
  database.exec('PRAGMA synchronous = NORMAL');
  return database;
}

function openFile(file: string): StateDatabase {
  try {
    makeDirectories(dirname(file), 0o700);
    keepFromOthers(file);
    keepReserve(dirname(file));
    return new StateFile(file);
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    const advice =
      process.geteuid?.() === 0
        ? ''
        : '; gantry needs root for its containers: try it with sudo, or see gantry doctor';
    throw new EngineError('forbidden', `cannot open ${file}: ${said}${advice}`, { cause: error });
  }
}

/** What is inside a transaction belongs to what it began with. */
class StateFile extends DatabaseSync {
  readonly #file: string;
  readonly #opened: string;

  constructor(file: string) {
    super(file, { timeout: BUSY_TIMEOUT_MS, enableForeignKeyConstraints: true });
    this.#file = file;
    this.#opened = identityAt(file);
  }

  override prepare(sql: string): StatementSync {
    this.#refuseOther();
    return super.prepare(sql);
  }

  override exec(sql: string): void {
    this.#refuseOther();
    super.exec(sql);
  }

  #refuseOther(): void {
    if (this.isTransaction || identityAt(this.#file) === this.#opened) return;
    throw new EngineError(
      'unavailable',
      `${this.#file} was moved away or replaced since this gantry opened it: start it anew`,
    );
  }
}

/** Not from a descriptor: closing one gives up the locks that SQLite has on the file. */
function identityAt(file: string): string {
  const there = statSync(file, { throwIfNoEntry: false });
  return there === undefined ? '' : `${there.dev}:${there.ino}`;
}

/**
 * Records hold environments, and those passwords. SQLite gives what it puts beside the file the file's own mode. One that is
 * there is not opened here: closing it again would take away the locks that this process may have on it.
 */
function keepFromOthers(file: string): void {
  if (existsSync(file)) for (const suffix of ['', '-wal', '-shm']) closeToOthers(file + suffix);
  else closeSync(openSync(file, 'a', 0o600));
}

/**
 * Brings one room's tables up to date: runs those of `steps` that this file has not seen, in one transaction.
 * Steps are only ever appended. Two processes at once are fine: the second finds the work done.
 */
export function migrate(database: StateDatabase, room: string, steps: readonly string[]): void {
  if (versionOf(database, room) === steps.length) return;
  inTransaction(database, () => {
    database.exec(
      'CREATE TABLE IF NOT EXISTS schema_versions (room TEXT PRIMARY KEY, version INTEGER NOT NULL)',
    );
    const done = versionOf(database, room);
    if (done > steps.length) {
      throw new Error(
        `state of "${room}" was written by a newer gantry (version ${done}, known ${steps.length})`,
      );
    }
    for (const step of steps.slice(done)) database.exec(step);
    database
      .prepare('INSERT OR REPLACE INTO schema_versions (room, version) VALUES (?, ?)')
      .run(room, steps.length);
  });
}

/** Runs `work` in a transaction that other writers wait for; a throw rolls it back. */
export function inTransaction<T>(database: StateDatabase, work: () => T): T {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    // SQLite itself has undone it where the disk was full.
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

function versionOf(database: StateDatabase, room: string): number {
  const known = database.prepare("SELECT 1 FROM sqlite_master WHERE name = 'schema_versions'").get();
  if (known === undefined) return 0;
  const row = database.prepare('SELECT version FROM schema_versions WHERE room = ?').get(room);
  return typeof row?.['version'] === 'number' ? row['version'] : 0;
}
