// Pulls by several processes on one data root, and by processes that are killed.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect } from 'vitest';
import { bigImage, contentOf } from '../../support/big-image.ts';
import { startProxy } from '../../support/cutting-proxy.ts';
import { openImageEngine } from '../../support/image-engine.ts';
import { startRegistry } from '../../support/local-registry.ts';
import { systemTest } from '../../support/requires.ts';
import { tempDirectory } from '../../support/temp-root.ts';
import { pushImage } from '../../support/test-image.ts';
import { waitFor } from '../../support/wait-for.ts';

const test = systemTest('root', 'overlay', 'registry');

describe('many processes', () => {
  const start = (root: string, reference: string) =>
    spawn(process.execPath, [join(import.meta.dirname, '../../support/pull-process.ts'), root, reference], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });

  test('two processes pull the same image at once', async () => {
    using directory = tempDirectory();
    await using registry = await startRegistry();
    const image = await bigImage(join(directory.path, 'layout'));
    pushImage(image, `${registry.host}/big:v1`);
    await using proxy = await startProxy(registry.host, {});
    const root = join(directory.path, 'root');
    const children = [start(root, `${proxy.host}/big:v1`), start(root, `${proxy.host}/big:v1`)];
    const outputs = await Promise.all(
      children.map(async (child) => [await text(child.stdout), await text(child.stderr)]),
    );
    expect(
      outputs.map(([out]) => out?.trim().split('\n').at(-1)),
      outputs.join('\n'),
    ).toEqual([image.configDigest, image.configDigest]);
    const blobs = proxy.requests.filter((line) => line.includes('/blobs/'));
    expect(new Set(blobs).size).toBe(blobs.length);
    using engine = openImageEngine(root);
    expect(engine.images.list()).toHaveLength(1);
    expect(contentOf(root).filter((path) => /ingest|tmp|leases/.test(path))).toEqual([]);
  });

  test('kill -9 at any moment: the next pull ends with the same, and sweeping leaves no garbage', async () => {
    using directory = tempDirectory();
    await using registry = await startRegistry();
    const image = await bigImage(join(directory.path, 'layout'));
    pushImage(image, `${registry.host}/big:v1`);
    const root = join(directory.path, 'root');
    const reference = `${registry.host}/big:v1`;
    for (const moment of ['Pulling from', 'Pulling fs layer', 'Download complete', 'Pull complete']) {
      const child = start(root, reference);
      const ended = once(child, 'exit');
      let output = '';
      child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
      await waitFor(() => output.includes(moment) || child.exitCode !== null, {
        reason: `the pull says ${moment}`,
      });
      child.kill('SIGKILL');
      await ended;
    }
    using engine = openImageEngine(root);
    expect((await engine.images.pull(reference)).id).toBe(image.configDigest);
    await engine.images.sweep();
    expect(contentOf(root).filter((path) => /ingest|tmp|leases/.test(path))).toEqual([]);
    await engine.images.remove(reference);
    expect(contentOf(root)).toEqual([]);
  });
});
