import { mkdtempSync, renameSync, rmSync, existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { errorMessage } from '../../../src/engine/api/errors.ts';
import { inTransaction, migrate, openDatabase } from '../../../src/engine/state/database.ts';
import { acquireLock, tryLock, withLock } from '../../../src/engine/state/locks.ts';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'gantry-state-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

test('each room is migrated by itself, once, and only forward', () => {
  const database = openDatabase(join(directory, 'deep', 'state.db'));
  migrate(database, 'a', ['CREATE TABLE a (x INTEGER)']);
  migrate(database, 'b', ['CREATE TABLE b (x INTEGER)']);
  migrate(database, 'a', ['CREATE TABLE a (x INTEGER)', 'ALTER TABLE a ADD COLUMN y TEXT']);
  database.prepare('INSERT INTO a VALUES (1, ?)').run('y');
  expect(() => migrate(database, 'a', [])).toThrow('written by a newer gantry (version 2, known 0)');
  database.close();
});

test('a file that cannot be opened is named, with what was said', () => {
  expect(() => openDatabase('/dev/null/deep/state.db')).toThrow(
    /^cannot open \/dev\/null\/deep\/state\.db: ENOTDIR/,
  );
});

test('a file that was moved away or replaced is neither read nor written', () => {
  const file = join(directory, 'state.db');
  const database = openDatabase(file);
  migrate(database, 'a', ['CREATE TABLE a (x INTEGER)']);
  renameSync(file, `${file}.moved`);
  expect(() => database.prepare('SELECT * FROM a')).toThrow('was moved away or replaced');
  openDatabase(file).close();
  expect(() => inTransaction(database, () => undefined)).toThrow('was moved away or replaced');
  renameSync(`${file}.moved`, file);
  expect(database.prepare('SELECT * FROM a').all()).toEqual([]);
  database.close();
});

test('a failed migration leaves nothing of itself', () => {
  const database = openDatabase(join(directory, 'state.db'));
  expect(() => migrate(database, 'a', ['CREATE TABLE a (x INTEGER)', 'NONSENSE'])).toThrow('NONSENSE');
  expect(() => database.prepare('SELECT * FROM a')).toThrow('no such table');
  database.close();
});

test('a transaction that throws is undone', () => {
  const database = openDatabase(join(directory, 'state.db'));
  migrate(database, 'a', ['CREATE TABLE a (x INTEGER)']);
  const attempt = () =>
    inTransaction(database, () => {
      database.exec('INSERT INTO a VALUES (1)');
      throw new Error('half-way');
    });
  expect(attempt).toThrow('half-way');
  expect(database.prepare('SELECT count(*) AS n FROM a').get()).toEqual({ n: 0 });
  database.close();
});

test('a transaction that SQLite has undone itself, as on a full disk, tells why', () => {
  const database = openDatabase(join(directory, 'state.db'));
  migrate(database, 'a', ['CREATE TABLE a (x BLOB)']);
  database.exec('PRAGMA max_page_count = 6');
  const attempt = () =>
    inTransaction(database, () => void database.prepare('INSERT INTO a VALUES (zeroblob(1000000))').run());
  expect(attempt).toThrow('database or disk is full');
  try {
    attempt();
  } catch (error) {
    expect(errorMessage(error)).toMatch(/^no space left on device: the state of gantry cannot be written/);
  }
  database.close();
});

test('a lock has one holder, and says who', async () => {
  const file = join(directory, 'locks', 'c.lock');
  const first = tryLock(file);
  expect(tryLock(file)).toBeUndefined();
  await expect(acquireLock(file, { subject: 'container c', timeoutMs: 5 })).rejects.toThrow(
    `container c is being changed by process ${process.pid}; try again`,
  );
  first?.[Symbol.dispose]();
  using again = tryLock(file);
  expect(again).toBeDefined();
});

test('a retired lock file does not give two holders the same subject', async () => {
  const file = join(directory, 'c.lock');
  const order: string[] = [];
  const first = tryLock(file);
  const waiting = withLock(file, { subject: 'c' }, async () => {
    order.push('second');
    expect(existsSync(file)).toBe(true);
    return Promise.resolve();
  });
  order.push('first');
  first?.retire();
  first?.[Symbol.dispose]();
  await waiting;
  expect(order).toEqual(['first', 'second']);
});
