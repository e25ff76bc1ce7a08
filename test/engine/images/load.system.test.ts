// Loads what skopeo and tar write, and what nobody should.
import { execFileSync } from 'node:child_process';
import { createReadStream, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { readFileSync } from 'node:fs';
import { describe, expect } from 'vitest';
import { contentOf } from '../../support/big-image.ts';
import { openImageEngine } from '../../support/image-engine.ts';
import { systemTest } from '../../support/requires.ts';
import { tempDirectory } from '../../support/temp-root.ts';
import { awkwardImage, layerTar, saveDockerArchive, saveOciArchive } from '../../support/test-image.ts';

const test = systemTest('root', 'overlay', 'registry', 'busybox');

describe('load', () => {
  test('docker and OCI archives, plain and compressed, from a file and a stream: the same layers', async () => {
    using directory = tempDirectory();
    const image = await awkwardImage(join(directory.path, 'layout'), 'gzip');
    const docker = join(directory.path, 'docker.tar');
    const oci = join(directory.path, 'oci.tar');
    saveDockerArchive(image, docker, 'docker.io/library/awkward:v1');
    saveOciArchive(image, oci);
    using engine = openImageEngine(join(directory.path, 'root'));
    const said: string[] = [];
    const report = ({ stream }: { stream?: string }) => void (stream !== undefined && said.push(stream));
    expect(await engine.images.load(docker, { report })).toEqual(['awkward:v1']);
    expect(said).toEqual(['Loaded image: awkward:v1\n']);
    expect(engine.images.resolve('awkward:v1').chainIds).toHaveLength(3);
    const layers = engine.storage.listLayers();
    expect(await engine.images.load(createReadStream(oci), { report })).toEqual([image.configDigest]);
    expect(engine.storage.listLayers()).toEqual(layers);
    for (const compress of [gzipSync, zstdCompressSync]) {
      const path = join(directory.path, 'compressed');
      writeFileSync(path, compress(readFileSync(docker)));
      expect(await engine.images.load(path)).toEqual(['awkward:v1']);
    }
    expect(readdirSync(join(engine.root, 'images/ingest'))).toEqual([]);
    await engine.images.remove('awkward:v1', { force: true });
    await engine.images.prune();
    expect(contentOf(engine.root)).toEqual([]);
  });

  test('what is no image archive: told, and nothing left', async () => {
    using directory = tempDirectory();
    const image = await awkwardImage(join(directory.path, 'layout'), 'gzip');
    using engine = openImageEngine(join(directory.path, 'root'));
    const path = join(directory.path, 'archive');
    const load = async (bytes: Buffer) => {
      writeFileSync(path, bytes);
      return await engine.images.load(path);
    };
    await expect(load(Buffer.from('this is no tar '.repeat(100)))).rejects.toThrow(
      'read image archive: invalid tar header',
    );
    await expect(load(await layerTar([{ name: 'hello', content: 'x' }]))).rejects.toThrow(
      'neither manifest.json (docker save) nor index.json',
    );
    await expect(
      load(
        await layerTar([{ name: 'manifest.json', content: '[{"Config":"../../etc/passwd","Layers":[]}]' }]),
      ),
    ).rejects.toThrow('the archive lacks ../../etc/passwd');
    await expect(load(execFileSync('sh', ['-c', 'echo x | xz -c']))).rejects.toThrow(
      'xz compression is not supported',
    );
    saveOciArchive(image, path);
    const whole = readFileSync(path);
    await expect(load(whole.subarray(0, whole.length / 2))).rejects.toThrow('unexpected EOF');
    const [layer] = image.layers;
    writeFileSync(join(image.layout, 'blobs', (layer?.digest ?? '').replace(':', '/')), 'changed');
    saveOciArchive(image, path);
    await expect(engine.images.load(path)).rejects.toThrow(`blob ${layer?.digest} of the archive has digest`);
    await expect(engine.images.load(join(directory.path, 'absent'))).rejects.toThrow('ENOENT');
    await engine.images.sweep();
    expect(contentOf(engine.root)).toEqual([]);
  });
});
