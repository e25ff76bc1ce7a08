import { existsSync, mkdirSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openDatabase } from '../../../src/engine/state/database.ts';
import { createVolumeService } from '../../../src/engine/volumes/local-volumes.ts';
import { tempDirectory } from '../../support/temp-root.ts';

function scene() {
  const stack = new DisposableStack();
  const { path } = stack.use(tempDirectory());
  const database = openDatabase(join(path, 'state.db'));
  stack.defer(() => database.close());
  const users = new Map<string, string[]>();
  const directory = join(path, 'volumes');
  const open = () => createVolumeService({ directory, database, users: () => users });
  return { directory, users, open, volumes: open(), [Symbol.dispose]: () => stack.dispose() };
}

const names = (volumes: readonly { Name: string }[]) => volumes.map(({ Name }) => Name);

test('a volume has its directory and its record', () => {
  using here = scene();
  const made = here.volumes.create({ Name: 'data', Labels: { tier: 'db' } });
  expect(made).toMatchObject({
    Name: 'data',
    Driver: 'local',
    Scope: 'local',
    Labels: { tier: 'db' },
    Options: null,
    Mountpoint: join(here.directory, 'data/_data'),
  });
  expect(made.CreatedAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  expect(statSync(join(here.directory, 'data')).mode & 0o777).toBe(0o701);
  expect(statSync(made.Mountpoint).mode & 0o777).toBe(0o755);
  expect(here.open().inspect('data')).toEqual(made);
  expect(here.volumes.mountpoint('data')).toBe(made.Mountpoint);
  expect(readdirSync(made.Mountpoint)).toEqual([]);
});

test('made twice it stays what it was; without a name it is anonymous', () => {
  using here = scene();
  const first = here.volumes.create({ Name: 'data', Labels: { a: '1' } });
  expect(here.volumes.create({ Name: 'data', Labels: { b: '2' } })).toEqual(first);
  const anonymous = here.volumes.create();
  expect(anonymous.Name).toMatch(/^[0-9a-f]{64}$/);
  expect(anonymous.Labels).toHaveProperty(['com.docker.volume.anonymous']);
  expect(first.Labels).not.toHaveProperty(['com.docker.volume.anonymous']);
});

test.each([
  [{ Name: 'x' }, 'create x: volume name is too short, names should be at least two alphanumeric characters'],
  [{ Name: '../up' }, 'create ../up: "../up" includes invalid characters for a local volume name'],
  [{ Name: '.hidden' }, 'includes invalid characters'],
  [{ Name: 'a'.repeat(256) }, 'volume name is too long'],
  [{ Name: 'data', Driver: 'nfs' }, 'error looking up volume plugin nfs: plugin "nfs" not found'],
  [{ Name: 'data', DriverOpts: { colour: 'red' } }, 'invalid option: "colour"'],
  [{ Name: 'data', DriverOpts: { type: 'tmpfs' } }, 'missing required option: "device"'],
])('%j is refused and leaves nothing', (request, text) => {
  using here = scene();
  expect(() => here.volumes.create(request)).toThrow(text);
  expect(existsSync(here.directory)).toBe(false);
});

test('what needs a mount is stored and shown, and its use is refused', () => {
  using here = scene();
  const options = { type: 'tmpfs', device: 'tmpfs', o: 'size=1m' };
  expect(here.volumes.create({ Name: 'ram', DriverOpts: options }).Options).toEqual(options);
  expect(() => here.volumes.mountpoint('ram')).toThrow('does not mount volumes with driver options');
});

test('remove: not while used, gone afterwards, and the name is free again', async () => {
  using here = scene();
  const { Mountpoint } = here.volumes.create({ Name: 'data' });
  writeFileSync(join(Mountpoint, 'file'), '');
  here.users.set('data', ['abc', 'def']);
  await expect(here.volumes.remove('data')).rejects.toThrow('remove data: volume is in use - [abc, def]');
  expect(existsSync(Mountpoint)).toBe(true);

  here.users.clear();
  await here.volumes.remove('data');
  expect(readdirSync(here.directory)).toEqual([]);
  expect(() => here.volumes.inspect('data')).toThrow('get data: no such volume');
  await expect(here.volumes.remove('data')).rejects.toThrow('no such volume');
  await here.volumes.remove('data', { force: true });
  expect(readdirSync(here.volumes.create({ Name: 'data' }).Mountpoint)).toEqual([]);
});

test('a removal that was killed half-way: the name gives an empty volume, and can be removed', async () => {
  using here = scene();
  const { Mountpoint } = here.volumes.create({ Name: 'data' });
  rmSync(join(here.directory, 'data'), { recursive: true });
  expect(here.volumes.create({ Name: 'data' }).Mountpoint).toBe(Mountpoint);
  expect(readdirSync(Mountpoint)).toEqual([]);
  rmSync(join(here.directory, 'data'), { recursive: true });
  await here.volumes.remove('data');
  expect(here.volumes.list()).toEqual([]);
});

test('list and its filters', () => {
  using here = scene();
  here.volumes.create({ Name: 'web-data', Labels: { tier: 'front' } });
  here.volumes.create({ Name: 'db-data', Labels: { tier: 'db', keep: '' } });
  here.volumes.create({ Name: 'cache' });
  here.users.set('cache', ['abc']);
  const list = (filters: Record<string, string[]>) => names(here.volumes.list(filters));
  expect(list({})).toEqual(['cache', 'db-data', 'web-data']);
  expect(list({ name: ['data'] })).toEqual(['db-data', 'web-data']);
  expect(list({ label: ['tier=db', 'keep'] })).toEqual(['db-data']);
  expect(list({ 'label!': ['tier'] })).toEqual(['cache']);
  expect(list({ dangling: ['true'] })).toEqual(['db-data', 'web-data']);
  expect(list({ dangling: ['0'] })).toEqual(['cache']);
  expect(list({ driver: ['other'] })).toEqual([]);
  expect(() => list({ size: ['1'] })).toThrow("invalid filter 'size'");
});

test('prune takes unused anonymous volumes, and named ones when asked for all', async () => {
  using here = scene();
  const anonymous = here.volumes.create();
  const used = here.volumes.create();
  here.users.set(used.Name, ['abc']);
  here.volumes.create({ Name: 'kept', Labels: { keep: 'yes' } });
  here.volumes.create({ Name: 'named' });
  writeFileSync(join(anonymous.Mountpoint, 'file'), 'x'.repeat(1000));

  expect(await here.volumes.prune()).toEqual({ VolumesDeleted: [anonymous.Name], SpaceReclaimed: 1000 });
  expect(await here.volumes.prune({ all: ['true'], 'label!': ['keep'] })).toEqual({
    VolumesDeleted: ['named'],
    SpaceReclaimed: 0,
  });
  expect(names(here.volumes.list())).toEqual([used.Name, 'kept'].sort());
});

test('usage counts bytes and users', async () => {
  using here = scene();
  const { Mountpoint } = here.volumes.create({ Name: 'data' });
  writeFileSync(join(Mountpoint, 'file'), 'x'.repeat(123));
  here.users.set('data', ['abc']);
  expect((await here.volumes.usage())[0]?.UsageData).toEqual({ Size: 123, RefCount: 1 });
});

test('reconcile removes what a killed process left, and never what has content', async () => {
  using here = scene();
  here.volumes.create({ Name: 'data' });
  mkdirSync(join(here.directory, 'young/_data'), { recursive: true });
  mkdirSync(join(here.directory, '.removing-1/_data'), { recursive: true });
  writeFileSync(join(here.directory, '.removing-1/_data/file'), '');
  mkdirSync(join(here.directory, 'orphan/_data'), { recursive: true });
  writeFileSync(join(here.directory, 'orphan/_data/precious'), '');
  utimesSync(join(here.directory, 'orphan'), 0, 0);
  expect(await here.volumes.reconcile()).toEqual([
    `removed ${join(here.directory, '.removing-1')}: no volume has it`,
  ]);
  expect(readdirSync(here.directory).sort()).toEqual(['data', 'orphan', 'young']);
});

test('two processes that make the same volume get the same one', () => {
  using here = scene();
  const other = here.open();
  expect(other.create({ Name: 'data' })).toEqual(here.volumes.create({ Name: 'data' }));
});
