import { describe, expect, test } from 'vitest';
import type { AddMountRequest } from '../../../src/engine/api/container-request.ts';
import type { MountPoint } from '../../../src/engine/api/container-types.ts';
import type { GantryExtensions } from '../../../src/engine/api/engine-client.ts';
import { EngineError } from '../../../src/engine/api/errors.ts';
import { cli, container, strict } from '../run-cli.ts';

const point = (Destination: string, more: Partial<MountPoint> = {}): MountPoint => ({
  Type: 'bind',
  Source: '/src',
  Destination,
  Mode: '',
  RW: true,
  Propagation: 'rprivate',
  ...more,
});

function recorder() {
  const seen: unknown[] = [];
  const gantry = strict<GantryExtensions>('GantryExtensions', {
    addMount: (id: string, request: AddMountRequest) => {
      seen.push([id, request]);
      if (request.Binds?.[0] === '/bad:/x')
        return Promise.reject(new EngineError('conflict', 'Duplicate mount point: /x'));
      return Promise.resolve(point('/there'));
    },
    removeMount: (id: string, options: object) => {
      seen.push([id, options]);
      return Promise.resolve();
    },
  });
  return { seen, client: { gantry } };
}

describe('mount add', () => {
  test('takes both grammars as words and as flags of run', async () => {
    const { seen, client } = recorder();
    const argv =
      'web /a:/b:ro data:/d type=tmpfs,target=/t -v /c --tmpfs /s:size=1m --mount type=bind,src=/e,dst=/f';
    const run = await cli(['mount', 'add', ...argv.split(' ')], { client });
    expect(run).toMatchObject({ code: 0, stdout: '/there\n'.repeat(6), stderr: '' });
    expect(seen).toMatchObject([
      ['web', { Binds: ['/a:/b:ro'] }],
      ['web', { Binds: ['data:/d'] }],
      ['web', { Mounts: [{ Type: 'tmpfs', Target: '/t' }] }],
      ['web', { Binds: [], Volumes: { '/c': {} } }],
      ['web', { Mounts: [{ Type: 'bind', Source: '/e', Target: '/f' }] }],
      ['web', { Tmpfs: { '/s': 'size=1m' } }],
    ]);
  });

  test('one that fails is told and the others go on', async () => {
    const { client } = recorder();
    expect(await cli(['mount', 'add', 'web', '/bad:/x', '/a:/b'], { client })).toMatchObject({
      code: 1,
      stdout: '/there\n',
      stderr: 'gantry: Duplicate mount point: /x\n',
    });
  });

  test('nothing to mount, a bad word, and an engine that cannot', async () => {
    const { client } = recorder();
    expect((await cli(['mount', 'add', 'web'], { client })).stderr).toMatch(/nothing to mount/);
    expect((await cli(['mount', 'add', 'web', 'type=bind'], { client })).code).toBe(125);
    expect((await cli(['mount', 'add', 'web', '/a:b'], { client })).stderr).toMatch(/must be absolute/);
    expect((await cli(['mount', 'add', 'web', '/a:/b'])).stderr).toMatch(/only a gantry engine/);
  });
});

test('mount rm takes targets, --force with all', async () => {
  const { seen, client } = recorder();
  expect(await cli(['mount', 'rm', '-f', 'web', '/a', '/b'], { client })).toMatchObject({
    code: 0,
    stdout: '/a\n/b\n',
  });
  expect(seen).toEqual([
    ['web', { target: '/a', force: true }],
    ['web', { target: '/b', force: true }],
  ]);
});

test('mount ls is a list like others', async () => {
  const mounts = [point('/z', { Type: 'volume', Name: 'data', RW: false }), point('/a')];
  const client = {
    getContainer: () => container({ inspect: () => Promise.resolve({ Mounts: mounts } as never) }),
  };
  expect((await cli(['mount', 'ls', 'web'], { client })).stdout).toBe(
    'TYPE      SOURCE    TARGET    ACCESS\nbind      /src      /a        rw\nvolume    data      /z        ro\n',
  );
  expect((await cli(['mount', 'ls', '-q', 'web'], { client })).stdout).toBe('/a\n/z\n');
});
