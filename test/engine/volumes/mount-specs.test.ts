import { expect, test } from 'vitest';
import {
  type MountRequests,
  parseVolumesFrom,
  resolveMounts,
} from '../../../src/engine/volumes/mount-specs.ts';
import type { ResolvedMount } from '../../../src/engine/volumes/resolved-mount.ts';

type HostConfig = MountRequests['hostConfig'];

function resolve(hostConfig: HostConfig, rest: Partial<MountRequests> = {}): ResolvedMount[] {
  return resolveMounts({ hostConfig, volumes: [], inherited: [], ...rest });
}

const bind = (spec: string) => resolve({ Binds: [spec] })[0];

test('a bind: private by default, its host directory may be made', () => {
  expect(bind('/src/./a/:/dst/')).toEqual({
    kind: 'bind',
    source: '/src/a',
    target: '/dst',
    readOnly: false,
    propagation: 'rprivate',
    recursive: true,
    createSource: true,
    mode: '',
  });
  expect(bind('/src:/dst:ro,rslave,z')).toMatchObject({
    readOnly: true,
    propagation: 'rslave',
    mode: 'ro,rslave,z',
  });
});

const range = (disk: number, shown: number, count: number) => ({ disk, shown, count, relative: false });

test.each([
  ['U', { kind: 'user' }],
  ['idmap', { kind: 'container' }],
  ['ro,idmap=uids=0-1-2', { kind: 'maps', uids: [range(0, 1, 2)], gids: [range(0, 1, 2)] }],
  [
    'idmap=uids=0-1-2#@5-6-7;gids=8-9-1',
    { kind: 'maps', uids: [range(0, 1, 2), { ...range(5, 6, 7), relative: true }], gids: [range(8, 9, 1)] },
  ],
])('ownership: %s', (mode, ownership) => {
  expect(bind(`/a:/b:${mode}`)).toMatchObject({ kind: 'bind', ownership, mode });
  expect(bind(`data:/b:${mode}`)).toMatchObject({ kind: 'volume', ownership, mode });
  const Ownership = mode.replace('ro,', '');
  expect(resolve({ Mounts: [{ Type: 'volume', Source: 'v', Target: '/b', Ownership }] })[0]).toMatchObject({
    ownership,
  });
});

test.each([
  ['idmap=uids=', '"" is not DISK-SHOWN-COUNT'],
  ['idmap=uids=0-1-0', '"0-1-0" is out of range'],
  ['idmap=uids=0-4294967295-1', 'is out of range'],
  ['idmap=gids=0-1-1', '"" is not DISK-SHOWN-COUNT'],
  ['idmap=uids=0-1-1;pids=0-1-1', 'idmap has uids and gids'],
  ['U,U', 'invalid mode: U,U'],
])('ownership %j is refused', (mode, text) => {
  expect(() => bind(`/a:/b:${mode}`)).toThrow(text);
});

test('a volume: by name or anonymous', () => {
  expect(bind('data:/dst:nocopy,ro')).toMatchObject({
    kind: 'volume',
    name: 'data',
    target: '/dst',
    noCopy: true,
    readOnly: true,
  });
  expect(bind('/only/target')).toMatchObject({ kind: 'volume', name: '', target: '/only/target' });
});

test.each([
  ['', "invalid volume specification: ''"],
  ['a:b:c:d', "invalid volume specification: 'a:b:c:d'"],
  ['/a::ro', "invalid volume specification: '/a::ro'"],
  ['/a:relative', "invalid volume specification: '/a:relative': invalid mount path"],
  ['/a:/', "invalid volume specification: '/a:/': invalid specification: destination can't be '/'"],
  ['/a:/x/../..', "destination can't be '/'"],
  ['/a:/b:rx', 'invalid mode: rx'],
  ['/a:/b:ro,rw', 'invalid mode: ro,rw'],
  ['/a:/b:nocopy', 'invalid mode: nocopy'],
  ['data:/b:rslave', 'invalid mode: rslave'],
])('%j is refused', (spec, text) => {
  expect(() => bind(spec)).toThrow(text);
});

test('mounts: what is said at length', () => {
  const mounts = resolve({
    Mounts: [
      {
        Type: 'bind',
        Source: '/src',
        Target: '/b',
        ReadOnly: true,
        BindOptions: { Propagation: 'rshared', NonRecursive: true },
      },
      { Type: 'volume', Source: 'data', Target: '/v', VolumeOptions: { NoCopy: true, Subpath: 'a/b' } },
      { Type: 'tmpfs', Target: '/t', TmpfsOptions: { SizeBytes: 4096, Mode: 0o1777 } },
    ],
  });
  expect(mounts).toMatchObject([
    { kind: 'bind', readOnly: true, propagation: 'rshared', recursive: false, createSource: false },
    { kind: 'volume', name: 'data', noCopy: true, subpath: 'a/b' },
    { kind: 'tmpfs', options: ['noexec', 'nosuid', 'nodev', 'size=4096', 'mode=1777'] },
  ]);
});

test.each([
  [{ Type: 'bind', Target: '/b' }, 'invalid mount config for type "bind": field Source must not be empty'],
  [{ Type: 'bind', Source: 'rel', Target: '/b' }, "invalid mount path: 'rel' mount path must be absolute"],
  [{ Type: 'volume', Source: 'a', Target: '' }, 'field Target must not be empty'],
  [{ Type: 'volume', Target: '/' }, "destination can't be '/'"],
  [{ Type: 'volume', Target: '/v', ReadOnly: true }, 'must not set ReadOnly mode when using anonymous'],
  [{ Type: 'volume', Target: '/v', VolumeOptions: { Subpath: '../x' } }, 'subpath must be a relative path'],
  [{ Type: 'tmpfs', Source: 'x', Target: '/t' }, 'field Source must not be specified'],
  [{ Type: 'bind', Source: '/a', Target: '/b', BindOptions: { Propagation: 'odd' } }, 'invalid propagation'],
  [{ Type: 'npipe', Target: '/b' }, 'mount type "npipe" is not supported'],
] as const)('%j is refused', (mount, text) => {
  expect(() => resolve({ Mounts: [mount] })).toThrow(text);
});

test('tmpfs takes the options of mount, and the defaults where they are not denied', () => {
  const [mount] = resolve({ Tmpfs: { '/run/': 'size=64m,exec' } });
  expect(mount).toEqual({
    kind: 'tmpfs',
    target: '/run',
    readOnly: false,
    options: ['nosuid', 'nodev', 'size=64m', 'exec'],
  });
});

test('two at one place are an error only where both were asked for', () => {
  expect(() => resolve({ Binds: ['/a:/x', 'b:/x/'] })).toThrow('Duplicate mount point: /x');
  expect(() => resolve({ Binds: ['/a:/x'], Tmpfs: { '/x': '' } })).toThrow('Duplicate mount point: /x');

  const inherited = resolve({ Binds: ['old:/x', 'kept:/y'] });
  const mounts = resolve({ Binds: ['new:/x'] }, { inherited, volumes: ['/x', '/y', '/z'] });
  expect(mounts.map((mount) => (mount.kind === 'volume' ? `${mount.name}:${mount.target}` : ''))).toEqual([
    'new:/x',
    'kept:/y',
    ':/z',
  ]);
});

test('outer mounts come before those inside of them', () => {
  const mounts = resolve({ Binds: ['/a:/x/y/z', '/b:/x', '/c:/x/y'] });
  expect(mounts.map(({ target }) => target)).toEqual(['/x', '/x/y', '/x/y/z']);
});

test('volumes-from', () => {
  expect(parseVolumesFrom('web')).toEqual({ container: 'web', readOnly: false });
  expect(parseVolumesFrom('web:ro')).toEqual({ container: 'web', readOnly: true });
  expect(() => parseVolumesFrom('web:rx')).toThrow('invalid mode for volumes-from: rx');
  expect(() => parseVolumesFrom(':ro')).toThrow('invalid volumes-from specification');
});
