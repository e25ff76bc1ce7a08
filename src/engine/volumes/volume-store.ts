// The records of volumes in the state database.
import { type StateDatabase, inTransaction, migrate } from '../state/database.ts';

export interface VolumeRecord {
  readonly name: string;
  /** RFC 3339. */
  readonly createdAt: string;
  readonly labels: Readonly<Record<string, string>>;
  /** DriverOpts; null where there were none. */
  readonly options: Readonly<Record<string, string>> | null;
}

export interface VolumeStore {
  /** `make` runs in the same write transaction. False, and nothing happens, where the name is taken. */
  insert(record: VolumeRecord, make: () => void): boolean;
  find(name: string): VolumeRecord | undefined;
  /** By name. */
  list(): VolumeRecord[];
  /** `first` runs in the same write transaction and may throw; then nothing is deleted. False where there was none. */
  delete(name: string, first: () => void): boolean;
}

const MIGRATIONS = [
  `CREATE TABLE volumes (
     name TEXT PRIMARY KEY,
     created_at TEXT NOT NULL,
     labels TEXT NOT NULL,
     options TEXT NOT NULL
   ) STRICT`,
];

export function createVolumeStore(database: StateDatabase): VolumeStore {
  migrate(database, 'volumes', MIGRATIONS);
  const insert = database.prepare(
    'INSERT OR IGNORE INTO volumes (name, created_at, labels, options) VALUES (?, ?, ?, ?)',
  );
  const find = database.prepare('SELECT * FROM volumes WHERE name = ?');
  const list = database.prepare('SELECT * FROM volumes ORDER BY name');
  const remove = database.prepare('DELETE FROM volumes WHERE name = ?');

  return {
    insert: ({ name, createdAt, labels, options }, make) =>
      inTransaction(database, () => {
        const { changes } = insert.run(name, createdAt, JSON.stringify(labels), JSON.stringify(options));
        if (changes === 1) make();
        return changes === 1;
      }),
    find(name) {
      const row = find.get(name);
      return row === undefined ? undefined : recordFrom(row);
    },
    list: () => list.all().map(recordFrom),
    delete: (name, first) =>
      inTransaction(database, () => {
        if (find.get(name) === undefined) return false;
        first();
        return remove.run(name).changes === 1;
      }),
  };
}

/** Written by us alone, as text in STRICT columns. */
function recordFrom(row: Readonly<Record<string, unknown>>): VolumeRecord {
  const options = stringsFrom(row['options']);
  return {
    name: String(row['name']),
    createdAt: String(row['created_at']),
    labels: stringsFrom(row['labels']) ?? {},
    options,
  };
}

function stringsFrom(json: unknown): Record<string, string> | null {
  const value: unknown = JSON.parse(String(json));
  if (typeof value !== 'object' || value === null) return null;
  return Object.fromEntries(Object.entries(value).map(([key, text]) => [key, String(text)]));
}
