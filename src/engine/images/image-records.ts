// Which images there are and what they are called: two tables of the state database.
import type { SQLOutputValue } from 'node:sqlite';
import { type StateDatabase, inTransaction, migrate } from '../state/database.ts';

export interface ImageRecord {
  /** Digest of the config. */
  readonly id: string;
  /** Digest of the manifest that names config and layers. */
  readonly manifest: string;
  readonly manifestType: string;
  readonly manifestSize: number;
}

/** A full name, `docker.io/library/alpine:latest` or `…@sha256:…`, and its image. */
export interface NamedImage {
  readonly name: string;
  readonly imageId: string;
}

const MIGRATIONS = [
  `CREATE TABLE images (
     id TEXT PRIMARY KEY,
     manifest TEXT NOT NULL,
     manifest_type TEXT NOT NULL,
     manifest_size INTEGER NOT NULL
   ) STRICT;
   CREATE TABLE image_names (
     name TEXT PRIMARY KEY,
     image_id TEXT NOT NULL REFERENCES images (id)
   ) STRICT;
   CREATE INDEX image_names_by_image ON image_names (image_id);`,
];

export interface ImageRecords {
  list(): ImageRecord[];
  find(id: string): ImageRecord | undefined;
  /** Those whose id starts so, with or without `sha256:`. At most two: enough to see that it is ambiguous. */
  findByPrefix(prefix: string): ImageRecord[];
  names(): NamedImage[];
  namesOf(id: string): string[];
  imageOf(name: string): string | undefined;
  /** Records an image and gives it names, which other images lose; all at once. */
  put(image: ImageRecord, names: readonly string[]): void;
  name(imageId: string, name: string): void;
  unname(name: string): void;
  /** Forgets an image that has no names left; false where it has. */
  remove(id: string): boolean;
}

export function createImageRecords(database: StateDatabase): ImageRecords {
  migrate(database, 'images', MIGRATIONS);
  const all = (sql: string, ...parameters: string[]) => database.prepare(sql).all(...parameters);
  const setName = (imageId: string, name: string): void =>
    void database
      .prepare('INSERT OR REPLACE INTO image_names (name, image_id) VALUES (?, ?)')
      .run(name, imageId);
  return {
    list: () => all('SELECT * FROM images').map(imageFrom),
    find: (id) => all('SELECT * FROM images WHERE id = ?', id).map(imageFrom)[0],
    findByPrefix: (prefix) => {
      const hex = prefix.replace(/^sha256:/, '');
      if (!/^[0-9a-f]+$/.test(hex)) return [];
      return all('SELECT * FROM images WHERE id GLOB ? LIMIT 2', `sha256:${hex}*`).map(imageFrom);
    },
    names: () => all('SELECT * FROM image_names ORDER BY name').map(namedFrom),
    namesOf: (id) =>
      all('SELECT * FROM image_names WHERE image_id = ? ORDER BY name', id).map((row) => namedFrom(row).name),
    imageOf: (name) => all('SELECT * FROM image_names WHERE name = ?', name).map(namedFrom)[0]?.imageId,
    put: (image, names) =>
      inTransaction(database, () => {
        database
          .prepare(
            'INSERT OR REPLACE INTO images (id, manifest, manifest_type, manifest_size) VALUES (?, ?, ?, ?)',
          )
          .run(image.id, image.manifest, image.manifestType, image.manifestSize);
        for (const name of names) setName(image.id, name);
      }),
    name: setName,
    unname: (name) => void database.prepare('DELETE FROM image_names WHERE name = ?').run(name),
    remove: (id) =>
      inTransaction(database, () => {
        if (all('SELECT * FROM image_names WHERE image_id = ?', id).length > 0) return false;
        database.prepare('DELETE FROM images WHERE id = ?').run(id);
        return true;
      }),
  };
}

type Row = Record<string, SQLOutputValue>;

function imageFrom(row: Row): ImageRecord {
  return {
    id: String(row['id']),
    manifest: String(row['manifest']),
    manifestType: String(row['manifest_type']),
    manifestSize: Number(row['manifest_size']),
  };
}

function namedFrom(row: Row): NamedImage {
  return { name: String(row['name']), imageId: String(row['image_id']) };
}
