// Pulls on bad days: lines that break, disks that are full, processes that are killed, registries that lie.
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { describe, expect } from 'vitest';
import { startProxy } from '../../support/cutting-proxy.ts';
import { bigImage, bigLayer, contentOf } from '../../support/big-image.ts';
import { openImageEngine } from '../../support/image-engine.ts';
import { startRegistry } from '../../support/local-registry.ts';
import { systemTest } from '../../support/requires.ts';
import { tempDirectory } from '../../support/temp-root.ts';
import { buildImage, digestOf, pushImage } from '../../support/test-image.ts';

const test = systemTest('root', 'overlay', 'registry');

describe('bad days', () => {
  test('a line that breaks: continues in the same pull, and in the next one', async () => {
    using directory = tempDirectory();
    await using registry = await startRegistry();
    const image = await bigImage(join(directory.path, 'layout'));
    pushImage(image, `${registry.host}/big:v1`);
    const [, second] = image.layers;
    const isSecond = (url: string | undefined) => url?.includes(second?.digest ?? '') ?? false;
    let cuts = 1;
    let refuse = false;
    await using proxy = await startProxy(registry.host, {
      cutAfter: (url) => (isSecond(url) && cuts-- > 0 ? 1 << 20 : undefined),
      answer: (incoming, outgoing) => {
        if (!refuse || !isSecond(incoming.url) || incoming.headers.range === undefined) return false;
        outgoing
          .writeHead(404)
          .end('{"errors":[{"code":"BLOB_UNKNOWN","message":"blob unknown to registry"}]}');
        return true;
      },
    });
    // Of the first mebibyte a busy machine may lose the end with the connection.
    const continued = () => proxy.requests.filter((line) => isSecond(line) && /bytes=[1-9]\d*-$/.test(line));
    using engine = openImageEngine(join(directory.path, 'root'));
    await engine.images.pull(`${proxy.host}/big:v1`);
    expect(continued()).toHaveLength(1);
    expect(engine.storage.listLayers()).toHaveLength(3);

    using other = openImageEngine(join(directory.path, 'other'));
    refuse = true;
    cuts = 1;
    await expect(other.images.pull(`${proxy.host}/big:v1`)).rejects.toThrow(
      'not found: blob unknown: blob unknown to registry',
    );
    expect(other.images.list()).toEqual([]);
    refuse = false;
    proxy.requests.length = 0;
    await other.images.pull(`${proxy.host}/big:v1`);
    expect(continued()).toHaveLength(1);
    expect(readdirSync(join(other.root, 'images/ingest'))).toEqual([]);
  });

  test('registries that lie: wrong digests, truncated layers, giants, strangers', async () => {
    using directory = tempDirectory();
    await using registry = await startRegistry();
    const image = await buildImage(join(directory.path, 'layout'), { layers: [bigLayer('one', 100_000)] });
    pushImage(image, `${registry.host}/image:v1`);
    const [layer] = image.layers;
    const lies = {
      digest: (outgoing: ServerResponse) => outgoing.end(randomBytes(layer?.size ?? 0)),
      short: (outgoing: ServerResponse) => outgoing.end(randomBytes(10)),
      giant: (outgoing: ServerResponse) => giant(outgoing),
      manifest: (outgoing: ServerResponse) => outgoing.end('{"schemaVersion":1,"fsLayers":[]}'),
    };
    let lie: keyof typeof lies | undefined;
    await using proxy = await startProxy(registry.host, {
      answer: (incoming, outgoing) => {
        const subject = lie === 'giant' || lie === 'manifest' ? '/manifests/' : (layer?.digest ?? '');
        if (lie === undefined || incoming.url?.includes(subject) !== true) return false;
        lies[lie](outgoing);
        return true;
      },
    });
    using engine = openImageEngine(join(directory.path, 'root'));
    const pull = () => engine.images.pull(`${proxy.host}/image:v1`);
    lie = 'digest';
    await expect(pull()).rejects.toThrow(`filesystem layer verification failed for digest ${layer?.digest}`);
    lie = 'giant';
    await expect(pull()).rejects.toThrow('is larger than 4 MiB');
    lie = 'manifest';
    await expect(pull()).rejects.toThrow('a manifest of schema version 1, which is obsolete');
    lie = undefined;
    await expect(engine.images.pull(`${proxy.host}/image@sha256:${'0'.repeat(64)}`)).rejects.toMatchObject({
      statusCode: 404,
    });
    await expect(engine.images.pull(`${proxy.host}/image:v1`, { platform: 'linux/arm64' })).rejects.toThrow(
      'was found but does not match the specified platform: wanted linux/arm64/v8, actual: linux/amd64',
    );
    lie = 'short';
    await expect(pull()).rejects.toThrow(/got 10 of \d+ bytes|verification failed/);
    await engine.images.sweep();
    expect(contentOf(engine.root).filter((path) => !path.endsWith('.partial'))).toEqual([]);
    lie = undefined;
    await pull();
    expect((await engine.images.pull(`${proxy.host}/image@${image.manifestDigest}`)).id).toBe(
      image.configDigest,
    );
  });

  test('a layer whose content is not what the config promises, and one that climbs out', async () => {
    using directory = tempDirectory();
    await using registry = await startRegistry();
    const evil = await buildImage(join(directory.path, 'evil'), {
      layers: [{ entries: [{ name: '../../../escaped', content: 'x' }] }],
    });
    pushImage(evil, `${registry.host}/evil:v1`);
    const honest = await buildImage(join(directory.path, 'layout'), { layers: [bigLayer('a', 1000)] });
    const config = readFileSync(join(honest.layout, 'blobs', honest.configDigest.replace(':', '/')), 'utf8');
    const forged = config.replace(honest.layers[0]?.diffId ?? '', `sha256:${'1'.repeat(64)}`);
    const manifest = readFileSync(
      join(honest.layout, 'blobs', honest.manifestDigest.replace(':', '/')),
      'utf8',
    );
    const forgedManifest = manifest.replace(honest.configDigest, digestOf(forged));
    for (const blob of [forged, forgedManifest])
      writeFileSync(join(honest.layout, 'blobs', digestOf(blob).replace(':', '/')), blob);
    const index = join(honest.layout, 'index.json');
    writeFileSync(
      index,
      readFileSync(index, 'utf8').replace(honest.manifestDigest, digestOf(forgedManifest)),
    );
    pushImage(honest, `${registry.host}/forged:v1`);

    using engine = openImageEngine(join(directory.path, 'root'));
    await expect(engine.images.pull(`${registry.host}/evil:v1`)).rejects.toThrow(
      'invalid path "../../../escaped"',
    );
    await expect(engine.images.pull(`${registry.host}/forged:v1`)).rejects.toThrow(
      'layer content does not match its diffID',
    );
    await engine.images.sweep();
    expect(contentOf(engine.root)).toEqual([]);
    expect(engine.images.list()).toEqual([]);
  });

  test('a blob that the registry itself has lost the end of: told, and whole again the pull goes on', async () => {
    using directory = tempDirectory();
    await using registry = await startRegistry();
    const image = await buildImage(join(directory.path, 'layout'), { layers: [bigLayer('one', 100_000)] });
    pushImage(image, `${registry.host}/image:v1`);
    const [, hex = ''] = image.layers[0]?.digest.split(':') ?? [];
    const blob = join(registry.storage, 'docker/registry/v2/blobs/sha256', hex.slice(0, 2), hex, 'data');
    const whole = readFileSync(blob);
    writeFileSync(blob, whole.subarray(0, 5000));
    using engine = openImageEngine(join(directory.path, 'root'));
    await expect(engine.images.pull(`${registry.host}/image:v1`)).rejects.toThrow(
      'is cut short: the registry has no more than 5000 bytes',
    );
    expect(engine.images.list()).toEqual([]);
    writeFileSync(blob, whole);
    await engine.images.pull(`${registry.host}/image:v1`);
    expect(engine.images.list()).toHaveLength(1);
  });

  test('a full disk: a clear error, and nothing half-made', async () => {
    using directory = tempDirectory();
    await using registry = await startRegistry();
    pushImage(await bigImage(join(directory.path, 'layout')), `${registry.host}/big:v1`);
    const root = join(directory.path, 'small');
    mkdirSync(root);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=7m', 'tmpfs', root]);
    try {
      using engine = openImageEngine(root);
      await expect(engine.images.pull(`${registry.host}/big:v1`)).rejects.toThrow(
        /^(write \/.*\.partial|unpack layer sha256:[\da-f]{64}: \w+.*): no space left on device$/,
      );
      expect(engine.images.list()).toEqual([]);
      await engine.images.sweep();
      expect(contentOf(root).filter((path) => !path.endsWith('.partial'))).toEqual([]);
    } finally {
      execFileSync('umount', [root]);
    }
  });
});

/** 100 MB without a length, for as long as somebody listens. */
function giant(outgoing: ServerResponse): void {
  const chunk = Buffer.alloc(1 << 20, ' ');
  Readable.from(Array.from({ length: 100 }, () => chunk)).pipe(outgoing);
}
