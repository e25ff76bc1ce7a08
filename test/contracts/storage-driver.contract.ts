// What every storage driver promises (storage-driver.ts), against the real kernel.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect } from 'vitest';
import type { RootfsMount, StorageDriver } from '../../src/engine/storage/storage-driver.ts';
import { getXattr } from '../../src/native/syscalls.ts';
import { systemTest } from '../support/requires.ts';
import { type LayerEntry, digestOf, fileCapability, layerTar } from '../support/test-image.ts';
import { paxHeader } from '../support/tar-bytes.ts';
import { tempDirectory } from '../support/temp-root.ts';

export const CHAIN = (name: string): string => `sha256:${createHash('sha256').update(name).digest('hex')}`;

export interface Applied {
  readonly driver: StorageDriver;
  readonly scratch: string;
  readonly apply: (
    chain: string,
    parent: string | undefined,
    entries: readonly LayerEntry[] | Buffer,
  ) => Promise<number>;
}

/** Runs `body` with a driver in a directory of its own. */
export async function withDriver(
  open: (directory: string) => StorageDriver,
  body: (applied: Applied) => Promise<void>,
): Promise<void> {
  using directory = tempDirectory('storage-');
  const driver = open(join(directory.path, 'driver'));
  const scratch = join(directory.path, 'scratch');
  mkdirSync(scratch);
  await body({
    driver,
    scratch,
    apply: async (chain, parent, entries) => {
      const tar = Buffer.isBuffer(entries) ? entries : await layerTar(entries);
      const blobPath = join(scratch, digestOf(tar).slice(7));
      writeFileSync(blobPath, gzipSync(tar, { level: 1 }));
      const layer = {
        blobPath,
        mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
        diffId: digestOf(tar),
      };
      return (await driver.applyLayer({ chainId: CHAIN(chain), parent: parent && CHAIN(parent), layer }))
        .size;
    },
  });
}

/** Mounts a root file system as the shim would, and hands over where it is. */
export function withRootfs<T>(mount: RootfsMount, scratch: string, body: (root: string) => T): T {
  const target = join(scratch, 'merged');
  mkdirSync(target, { recursive: true });
  const options =
    mount.kind === 'overlay'
      ? [
          '-t',
          'overlay',
          'overlay',
          '-o',
          `lowerdir=${mount.lowerdirs.join(':')},upperdir=${mount.upperdir},workdir=${mount.workdir}`,
        ]
      : ['--bind', mount.source];
  execFileSync('mount', [...options, target]);
  try {
    return body(target);
  } finally {
    execFileSync('umount', [target]);
  }
}

const BASE: readonly LayerEntry[] = [
  { name: './', type: 'directory', mode: 0o751 },
  { name: 'etc/', type: 'directory', mode: 0o750, uid: 7, gid: 8 },
  { name: 'etc/passwd', content: 'root', mode: 0o644 },
  { name: 'gone/', type: 'directory', mode: 0o755 },
  { name: 'gone/file', content: 'x', mode: 0o644 },
  { name: 'opaque/', type: 'directory', mode: 0o755 },
  { name: 'opaque/old', content: 'x', mode: 0o644 },
  { name: 'target', content: 'linked', mode: 0o4755, uid: 1000 },
];
const TOP: readonly LayerEntry[] = [
  { name: '.wh.gone', content: '' },
  { name: 'opaque/', type: 'directory', mode: 0o755 },
  { name: 'opaque/new', content: 'y', mode: 0o644 },
  { name: 'opaque/.wh..wh..opq', content: '' },
  { name: 'etc/added', content: 'added', mode: 0o600 },
  { name: 'hard', type: 'link', linkname: 'target' },
];

export function storageDriverContract(open: (directory: string) => StorageDriver): void {
  const test = systemTest('root', 'overlay');

  test('stacks layers: whiteouts, opaque directories, links to a lower layer, directories that a layer leaves out', async () => {
    await withDriver(open, async ({ driver, scratch, apply }) => {
      expect(await apply('base', undefined, BASE)).toBe(12);
      await apply('top', 'base', TOP);
      await driver.createSnapshot('c1', CHAIN('top'));
      withRootfs(driver.rootfs('c1'), scratch, (root) => {
        expect(readdirSync(root).sort()).toEqual(['etc', 'hard', 'opaque', 'target']);
        expect(readdirSync(join(root, 'opaque'))).toEqual(['new']);
        expect(readdirSync(join(root, 'etc')).sort()).toEqual(['added', 'passwd']);
        const etc = lstatSync(join(root, 'etc'));
        expect([etc.mode & 0o7777, etc.uid, etc.gid]).toEqual([0o750, 7, 8]);
        const hard = lstatSync(join(root, 'hard'));
        expect([hard.nlink, hard.mode & 0o7777, hard.uid]).toEqual([2, 0o4755, 1000]);
        expect(lstatSync(root).mode & 0o777).toBe(0o751);
      });
    });
  });

  test('a snapshot is writable, private, and tells what changed', async () => {
    await withDriver(open, async ({ driver, scratch, apply }) => {
      await apply('base', undefined, BASE);
      for (const key of ['one', 'two']) await driver.createSnapshot(key, CHAIN('base'));
      withRootfs(driver.rootfs('one'), scratch, (root) => {
        execFileSync(
          'sh',
          [
            '-c',
            'echo more >>etc/passwd; rm -r gone; rm -r opaque; mkdir opaque; echo z >opaque/z; echo n >new',
          ],
          { cwd: root },
        );
      });
      withRootfs(driver.rootfs('two'), scratch, (root) => {
        expect(readFileSync(join(root, 'etc/passwd'), 'utf8')).toBe('root');
      });
      expect((await driver.changes('one')).filter(({ Path }) => Path !== '/etc')).toEqual([
        { Path: '/etc/passwd', Kind: 0 },
        { Path: '/gone', Kind: 2 },
        { Path: '/new', Kind: 1 },
        { Path: '/opaque', Kind: 0 },
        { Path: '/opaque/old', Kind: 2 },
        { Path: '/opaque/z', Kind: 1 },
      ]);
      expect((await driver.usage('one')).bytes).toBeGreaterThan(10);
      expect((await driver.changes('two')).filter(({ Path }) => Path !== '/etc')).toEqual([]);
    });
  });

  test('a layer goes only when nothing stands on it, a snapshot goes whatever is in it', async () => {
    await withDriver(open, async ({ driver, scratch, apply }) => {
      await apply('base', undefined, BASE);
      await apply('top', 'base', TOP);
      await driver.createSnapshot('c1', CHAIN('top'));
      expect(await driver.removeLayer(CHAIN('base'))).toBe(false);
      expect(await driver.removeLayer(CHAIN('top'))).toBe(false);
      withRootfs(driver.rootfs('c1'), scratch, (root) => writeFileSync(join(root, 'file'), 'x'));
      await driver.removeSnapshot('c1');
      await driver.removeSnapshot('c1');
      expect(driver.hasSnapshot('c1')).toBe(false);
      expect(() => driver.rootfs('c1')).toThrow('snapshot c1 does not exist');
      expect(await driver.removeLayer(CHAIN('top'))).toBe(true);
      expect(await driver.removeLayer(CHAIN('top'))).toBe(true);
      expect(await driver.removeLayer(CHAIN('base'))).toBe(true);
      expect(driver.listLayers()).toEqual([]);
      await expect(driver.createSnapshot('c2', CHAIN('base'))).rejects.toMatchObject({ statusCode: 404 });
      expect(driver.listSnapshots()).toEqual([]);
    });
  });

  test('two at once apply the same layer', async () => {
    await withDriver(open, async ({ driver, apply }) => {
      const sizes = await Promise.all([apply('base', undefined, BASE), apply('base', undefined, BASE)]);
      expect(sizes).toEqual([12, 12]);
      expect(driver.listLayers()).toEqual([CHAIN('base')]);
    });
  });

  test('layers may arrive at once, and wait for the ones below', async () => {
    await withDriver(open, async ({ driver, apply, scratch }) => {
      const tars = await Promise.all([layerTar(BASE), layerTar(TOP)]);
      const blobs = tars.map((tar, index) => {
        const blobPath = join(scratch, `blob${index}`);
        writeFileSync(blobPath, tar);
        return { blobPath, mediaType: 'application/vnd.oci.image.layer.v1.tar', diffId: digestOf(tar) };
      });
      const [base, top] = blobs;
      const first = driver.applyLayer({ chainId: CHAIN('base'), parent: undefined, layer: base! });
      await driver.applyLayer({
        chainId: CHAIN('top'),
        parent: CHAIN('base'),
        parentReady: first,
        layer: top!,
      });
      expect(driver.listLayers().sort()).toEqual([CHAIN('base'), CHAIN('top')].sort());
      await apply('more', 'top', [{ name: 'more', content: '1' }]);
    });
  });

  test('what cannot be unpacked leaves nothing', async () => {
    await withDriver(open, async ({ driver, scratch, apply }) => {
      const names = () => readdirSync(join(scratch, '../driver/tmp'));
      await expect(apply('a', undefined, [{ name: '../../etc/passwd', content: 'x' }])).rejects.toThrow(
        'unpack ../../etc/passwd: invalid path "../../etc/passwd": it leads out of the layer',
      );
      const tar = await layerTar(BASE);
      await expect(apply('b', undefined, tar.subarray(0, 1300))).rejects.toThrow('unexpected EOF');
      const blobPath = join(scratch, 'corrupt');
      const diffId = digestOf(tar);
      const applyFile = (bytes: Buffer) => {
        writeFileSync(blobPath, bytes);
        return driver.applyLayer({
          chainId: CHAIN('c'),
          parent: undefined,
          layer: { blobPath, mediaType: '', diffId },
        });
      };
      await expect(applyFile(gzipSync(tar).subarray(0, 200))).rejects.toThrow(
        'decompress gzip: unexpected end of file',
      );
      await expect(applyFile(await layerTar([]))).rejects.toThrow('layer content does not match its diffID');
      await expect(applyFile(Buffer.from('BZh91AY'))).rejects.toThrow('bzip2 compression is not supported');
      await expect(applyFile(Buffer.from('x'.repeat(600)))).rejects.toThrow('invalid tar header');
      expect(driver.listLayers()).toEqual([]);
      expect(names()).toEqual([]);
    });
  });

  test('links cannot lead out of the layer', async () => {
    await withDriver(open, async ({ driver, scratch, apply }) => {
      const outside = join(scratch, 'outside');
      mkdirSync(outside);
      await apply('evil', undefined, [
        { name: 'up', type: 'symlink', linkname: `../../../../../../../../..${outside}` },
        { name: 'abs', type: 'symlink', linkname: outside },
        { name: '/absolute', content: 'inside' },
        { name: outside.slice(1) + '/', type: 'directory', mode: 0o755 },
        { name: 'up/one', content: 'x' },
        { name: 'abs/two', content: 'x' },
      ]);
      expect(readdirSync(outside)).toEqual([]);
      expect(existsSync('/absolute')).toBe(false);
      const view = driver.view(CHAIN('evil'));
      const root = view.kind === 'bind' ? view.source : (view.lowerdirs[0] ?? '');
      expect(readdirSync(join(root, outside)).sort()).toEqual(['one', 'two']);
    });
  });

  test('keeps file capabilities, set-id bits and attributes as bytes', async () => {
    await withDriver(open, async ({ driver, apply }) => {
      // 0x80 is no UTF-8: a reader that takes attributes for text destroys this one.
      const capability = fileCapability(7);
      const pax = paxHeader([
        ['SCHILY.xattr.security.capability', capability],
        ['SCHILY.xattr.user.x', 'v'],
        ['SCHILY.xattr.trusted.overlay.redirect', '/etc'],
      ]);
      await apply(
        'caps',
        undefined,
        Buffer.concat([pax, await layerTar([{ name: 'ping', content: 'x', mode: 0o4755, uid: 9 }])]),
      );
      const view = driver.view(CHAIN('caps'));
      const ping = join(view.kind === 'bind' ? view.source : (view.lowerdirs[0] ?? ''), 'ping');
      expect(getXattr(ping, 'user.x')?.toString()).toBe('v');
      expect(getXattr(ping, 'security.capability')).toEqual(capability);
      expect(getXattr(ping, 'trusted.overlay.redirect')).toBeUndefined();
      expect([lstatSync(ping).mode & 0o7777, lstatSync(ping).uid]).toEqual([0o4755, 9]);
    });
  });

  test('sweeps what a killed process left', async () => {
    await withDriver(open, async ({ driver, scratch }) => {
      const tmp = join(scratch, '../driver/tmp');
      mkdirSync(join(tmp, 'abandoned/diff'), { recursive: true });
      writeFileSync(join(tmp, 'abandoned.lock'), '');
      mkdirSync(join(tmp, 'trash-1/x'), { recursive: true });
      await driver.sweep();
      expect(readdirSync(tmp)).toEqual([]);
    });
  });
}
