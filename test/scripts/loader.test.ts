// The bundle's loader on a bundle of three lines: what it keeps between commands, and that no cache can break a command.
import { execFile } from 'node:child_process';
import { copyFileSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { tempDirectory } from '../support/temp-root.ts';

const run = promisify(execFile);
const GENERATIONS = 4;

const PROGRAM = `
const { greet } = require('./chunk.js');
const zlib = require('node:zlib');
const Stream = require('node:stream');
class Child extends Stream {}
const isStream = new Child() instanceof process.getBuiltinModule('node:stream') && 'Duplex' in Stream;
const loadedBefore = process.moduleLoadList.includes('NativeModule zlib');
process.stdout.write(JSON.stringify({ said: greet(), isStream, loadedBefore, keys: Object.keys(zlib).includes('gunzipSync') }));
process.exit(Number(process.argv[4] ?? 0));`;

let directory: string;

beforeEach(() => {
  const temporary = tempDirectory();
  onTestFinished(() => temporary[Symbol.dispose]());
  directory = temporary.path;
  copyFileSync(join(import.meta.dirname, '../../scripts/build/loader.cjs'), join(directory, 'main.cjs'));
  writeFileSync(join(directory, 'program.js'), PROGRAM);
  writeFileSync(join(directory, 'chunk.js'), `exports.greet = () => 'gr\\u00fc\\u00dfe';`);
});

async function loaded(...args: string[]): Promise<unknown> {
  const { stdout } = await run(process.execPath, [join(directory, 'main.cjs'), ...args]);
  return JSON.parse(stdout);
}

const caches = () => globSync('cache/*/*', { cwd: directory }).map((path) => join(directory, path));
const generations = () => caches().map((path) => readFileSync(path).at(-1));

test('runs chunks, and loads built-in modules when something of them is asked for', async () => {
  expect(await loaded('one')).toEqual({ said: 'grüße', isStream: true, loadedBefore: false, keys: true });
});

test('keeps the code of a command that succeeded, and makes it again a few times', async () => {
  await loaded('one');
  expect(generations()).toEqual([1, 1]);
  for (let round = 0; round < GENERATIONS + 1; round += 1) await loaded('one');
  expect(generations()).toEqual([GENERATIONS, GENERATIONS]);
  await loaded('two');
  expect(caches()).toHaveLength(4);
});

test('keeps nothing of a command that failed, nor of a hidden one that may have changed its root', async () => {
  await expect(loaded('one', '', '3')).rejects.toMatchObject({ code: 3 });
  await loaded('internal', 'unpack');
  expect(caches()).toEqual([]);
  await loaded('internal', 'cleanup');
  expect(caches().map((path) => basename(path))).toEqual(['cleanup-chunk.js', 'cleanup-program.js']);
});

test.each([
  ['empty', Buffer.alloc(0)],
  ['zeros', Buffer.alloc(4096)],
  ['words', Buffer.from('no code at all')],
])('a damaged cache (%s) is made anew', async (_, bytes) => {
  await loaded('one');
  for (const path of caches()) writeFileSync(path, bytes);
  expect(await loaded('one')).toMatchObject({ said: 'grüße' });
  expect(generations()).toEqual([1, 1]);
});

test('a changed chunk is compiled anew', async () => {
  await loaded('one');
  writeFileSync(join(directory, 'chunk.js'), `exports.greet = () => 'something else';`);
  expect(await loaded('one')).toMatchObject({ said: 'something else' });
});

test('a cache that cannot be written is done without', async () => {
  writeFileSync(join(directory, 'cache'), '');
  expect(await loaded('one')).toMatchObject({ said: 'grüße' });
  expect(readFileSync(join(directory, 'cache'), 'utf8')).toBe('');
});

test('a process that outlives its build says so, each time', async () => {
  const later = "try { require('./gone-1a2b.js').work(); } catch (error) { said.push(error.message); }";
  const program = `const said = []; ${later} ${later} process.stdout.write(JSON.stringify(said));`;
  writeFileSync(join(directory, 'program.js'), program);
  const text = 'another version of gantry was installed while this one ran: quit it and start it again';
  expect(await loaded('one')).toEqual([text, text]);
});
