// Containers in the state database. Records are written by us alone and carry the version of their shape, which is
// checked in place of every member: `ps` reads hundreds of them.
import { containerNotFound, EngineError } from '../api/errors.ts';
import { inTransaction, migrate, type StateDatabase } from '../state/database.ts';
import {
  isAlive,
  type Container,
  type ContainerRecord,
  type ContainerState,
  type Intent,
} from './container.ts';

const MIGRATIONS = [
  `CREATE TABLE containers (
     id TEXT PRIMARY KEY,
     name TEXT NOT NULL UNIQUE,
     image_id TEXT NOT NULL,
     created_at TEXT NOT NULL,
     shape INTEGER NOT NULL,
     record TEXT NOT NULL,
     state TEXT NOT NULL,
     intent TEXT
   ) STRICT`,
] as const;

/** Of ContainerRecord and ContainerState; a change of either needs a new number and a migration. */
const SHAPE = 1;

export interface ContainerStore {
  /** Newest first. */
  list(): Container[];
  /** By full id, as `find`. */
  has(id: string): boolean;
  /** Only by full id; undefined where there is none. */
  find(id: string): Container | undefined;
  /** By id, name or unique prefix of an id; throws not-found or ambiguous as Docker words it. */
  get(idOrName: string): Container;
  /** Containers that stand on an image, whole or half-made. */
  usersOf(imageId: string): { readonly id: string; readonly running: boolean }[];
  /** Throws conflict where the name is taken. */
  insert(record: ContainerRecord, state: ContainerState, intent: Intent | undefined): void;
  setState(id: string, state: ContainerState, intent?: Intent): void;
  setIntent(id: string, intent: Intent | undefined): void;
  /** Replaces the record (rename, update, mounts); throws conflict where the new name is taken. */
  replace(record: ContainerRecord): void;
  /** The end of a creation: the record as it is by then, which keeps its name, and no intent any more. */
  complete(record: ContainerRecord): void;
  delete(id: string): void;
}

interface Row {
  readonly shape: number;
  readonly record: string;
  readonly state: string;
  readonly intent: Intent | null;
}

export function createContainerStore(database: StateDatabase): ContainerStore {
  migrate(database, 'containers', MIGRATIONS);
  const columns = 'shape, record, state, intent';
  const rows: Query = (where, ...values) =>
    database
      .prepare(`SELECT ${columns} FROM containers ${where}`)
      .all(...values)
      .map((row) => containerFrom(rowFrom(row)));

  const list = whileUnchanged(database, () => rows('ORDER BY created_at DESC'));

  return {
    list: () => [...list()],
    has: (id) => database.prepare('SELECT 1 FROM containers WHERE id = ?').get(id) !== undefined,
    find: (id) => rows('WHERE id = ?', id)[0],
    get: (idOrName) => findOne(rows, idOrName),
    usersOf: (imageId) =>
      rows('WHERE image_id = ?', imageId).map(({ record, state }) => ({
        id: record.id,
        running: isAlive(state),
      })),
    insert: (record, state, intent) =>
      inTransaction(database, () => {
        assertNameFree(database, record);
        insertRow(database, { record, state, intent });
      }),
    setState(id, state, intent) {
      database
        .prepare('UPDATE containers SET state = ?, intent = ? WHERE id = ?')
        .run(JSON.stringify(state), intent ?? null, id);
    },
    setIntent(id, intent) {
      database.prepare('UPDATE containers SET intent = ? WHERE id = ?').run(intent ?? null, id);
    },
    replace(record) {
      inTransaction(database, () => {
        assertNameFree(database, record);
        database
          .prepare('UPDATE containers SET name = ?, record = ? WHERE id = ?')
          .run(record.name, JSON.stringify(record), record.id);
      });
    },
    complete(record) {
      database
        .prepare('UPDATE containers SET record = ?, intent = NULL WHERE id = ?')
        .run(JSON.stringify(record), record.id);
    },
    delete(id) {
      database.prepare('DELETE FROM containers WHERE id = ?').run(id);
    },
  };
}

/**
 * The last answer as long as nobody has written anything: a dashboard asks several times a second, and most of the time
 * for reading is spent on parsing records that it has.
 */
function whileUnchanged<T>(database: StateDatabase, read: () => T): () => T {
  let kept: { readonly version: string; readonly answer: T } | undefined;
  return () => {
    // What it shows may be taken back.
    if (database.isTransaction) return read();
    const version = versionOf(database);
    if (kept?.version !== version) kept = { version, answer: read() };
    return kept.answer;
  };
}

/** data_version changes with what other connections commit, total_changes() with what this one writes. */
function versionOf(database: StateDatabase): string {
  const others = database.prepare('PRAGMA data_version').get()?.['data_version'];
  const own = database.prepare('SELECT total_changes() AS own').get()?.['own'];
  return `${String(others)} ${String(own)}`;
}

function insertRow(database: StateDatabase, { record, state, intent }: Container): void {
  const { id, name, imageId, createdAt } = record;
  database
    .prepare(
      'INSERT INTO containers (id, name, image_id, created_at, shape, record, state, intent) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
    )
    .run(id, name, imageId, createdAt, SHAPE, JSON.stringify(record), JSON.stringify(state), intent ?? null);
}

type Query = (where: string, ...values: string[]) => Container[];

function findOne(rows: Query, idOrName: string): Container {
  const name = idOrName.replace(/^\//, '');
  const exact = rows('WHERE id = ? OR name = ?', name, name)[0];
  if (exact !== undefined) return exact;
  if (!/^[0-9a-f]+$/.test(name)) throw containerNotFound(idOrName);
  const [first, second] = rows('WHERE id >= ? AND id < ? LIMIT 2', name, `${name}g`);
  if (first === undefined) throw containerNotFound(idOrName);
  if (second !== undefined) {
    throw new EngineError('invalid-parameter', `multiple IDs found with provided prefix: ${idOrName}`);
  }
  return first;
}

function rowFrom(row: Readonly<Record<string, unknown>>): Row {
  const intent = row['intent'];
  return {
    shape: Number(row['shape']),
    record: String(row['record']),
    state: String(row['state']),
    intent: intent === 'create' || intent === 'start' || intent === 'remove' ? intent : null,
  };
}

function containerFrom(row: Row): Container {
  if (row.shape !== SHAPE)
    throw new Error(`container record of shape ${row.shape}; this gantry knows ${SHAPE}`);
  return {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by us, its shape was checked by number
    record: JSON.parse(row.record) as ContainerRecord,
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the same
    state: JSON.parse(row.state) as ContainerState,
    intent: row.intent ?? undefined,
  };
}

function assertNameFree(database: StateDatabase, record: ContainerRecord): void {
  const holder = database
    .prepare('SELECT id FROM containers WHERE name = ? AND id <> ?')
    .get(record.name, record.id);
  if (holder === undefined) return;
  throw new EngineError(
    'conflict',
    `Conflict. The container name "/${record.name}" is already in use by container "${String(holder['id'])}". ` +
      'You have to remove (or rename) that container to be able to reuse that name.',
  );
}
