// Pulls from Debian's docker-registry.
import { execFileSync } from 'node:child_process';
import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import type { ProgressMessage } from '../../../src/engine/api/image-types.ts';
import { withRootfs } from '../../contracts/storage-driver.contract.ts';
import { openImageEngine } from '../../support/image-engine.ts';
import { REGISTRY_PASSWORD, REGISTRY_USER, startRegistry } from '../../support/local-registry.ts';
import { systemTest } from '../../support/requires.ts';
import { tempDirectory } from '../../support/temp-root.ts';
import {
  type TestImage,
  awkwardImage,
  buildImage,
  busyboxImage,
  digestOf,
  pushImage,
} from '../../support/test-image.ts';

const test = systemTest('root', 'overlay', 'registry', 'busybox');

describe('pull', () => {
  test('brings an image with everything awkward, tells of each layer, and leaves a layout that skopeo reads', async () => {
    using directory = tempDirectory();
    await using registry = await startRegistry();
    const image = await awkwardImage(join(directory.path, 'layout'));
    const name = `${registry.host}/some/awkward:v1`;
    pushImage(image, name);
    using engine = openImageEngine(join(directory.path, 'root'));
    const messages: ProgressMessage[] = [];
    const { id } = await engine.images.pull(name, { report: (message) => messages.push(message) });
    expect(id).toBe(image.configDigest);
    expect(messages[0]).toEqual({ status: 'Pulling from ' + name.replace(':v1', ''), id: 'v1' });
    // skopeo compresses plain layers when it pushes, so their digests are not those of the layout.
    const ids = new Set(
      messages.filter(({ status }) => status === 'Pulling fs layer').map((message) => message.id),
    );
    expect(ids.size).toBe(3);
    for (const id of ids) {
      const told = messages.filter((message) => message.id === id).map(({ status }) => status);
      expect(told[0]).toBe('Pulling fs layer');
      expect(told).toContain('Download complete');
      expect(told.at(-1)).toBe('Pull complete');
    }
    expect(messages.at(-2)?.status).toMatch(/^Digest: sha256:[0-9a-f]{64}$/);
    expect(messages.at(-1)?.status).toBe(`Status: Downloaded newer image for ${name}`);

    const resolved = engine.images.resolve(name);
    await engine.storage.createSnapshot('c', resolved.topChainId);
    const listing = withRootfs(engine.storage.rootfs('c'), directory.path, (root) =>
      execFileSync('sh', ['-c', 'find . -not -path "./bin/*" -printf "%P %y %m %U:%G %s\\n" | sort'], {
        cwd: root,
        encoding: 'utf8',
      }),
    );
    expect(listing).not.toContain('gone');
    expect(listing).toContain('opaque/new f 644');
    expect(listing).not.toContain('opaque/old');
    expect(listing).toContain('becomes-directory/inside f 644');
    expect(listing).toContain('hard f 640 1000:33 4');
    expect(listing).toContain('setid f 6755 1000:1000');
    expect(listing).toContain('dev/odd-null c 666');
    expect(listing).toContain('dev/loop-like b 660');
    expect(listing).toContain('run/fifo p 600');
    expect(listing).toContain('größe-名前 f 644');

    const copy = join(directory.path, 'copy');
    execFileSync('skopeo', [
      '--insecure-policy',
      'copy',
      '-q',
      `oci:${engine.root}/images:${name}`,
      `dir:${copy}`,
    ]);
    expect(readdirSync(copy)).toContain('manifest.json');

    const again: ProgressMessage[] = [];
    await engine.images.pull(name, { report: (message) => again.push(message) });
    expect(again.filter(({ status }) => status === 'Already exists')).toHaveLength(3);
    expect(again.at(-1)?.status).toBe(`Status: Image is up to date for ${name}`);
  });

  test('list, inspect, history, tag, remove: down to nothing', async () => {
    using directory = tempDirectory();
    await using registry = await startRegistry();
    const image = await busyboxImage(join(directory.path, 'layout'), { Labels: { a: 'b' } });
    const name = `${registry.host}/busybox:latest`;
    pushImage(image, name);
    using engine = openImageEngine(join(directory.path, 'root'));
    const { images } = engine;
    const { id } = await images.pull(name);
    expect(images.inspect(id.slice(7, 15))).toMatchObject({
      Id: id,
      RepoTags: [name],
      Os: 'linux',
      Config: { Cmd: ['sh'] },
    });
    expect(images.history(name)).toMatchObject([{ Id: id, CreatedBy: 'layer 0', Tags: [name] }]);
    await images.tag(name, { repo: 'mine', tag: 'one' });
    expect(images.list({ filters: { reference: ['mine'] } })[0]?.RepoTags).toEqual(['mine:one']);
    expect(images.list({ filters: { label: ['a=b'], dangling: ['false'] } })).toHaveLength(1);
    expect(images.list({ filters: { label: ['a=c'] } })).toEqual([]);
    expect(() => images.list({ filters: { nope: ['x'] } })).toThrow("invalid filter 'nope'");

    engine.users.set(id, [{ id: 'c'.repeat(64), running: true }]);
    await expect(images.remove(id)).rejects.toMatchObject({
      statusCode: 409,
      message: `conflict: unable to delete ${id.slice(7, 19)} (cannot be forced) - image is being used by running container cccccccccccc`,
    });
    expect(await images.remove('mine:one')).toEqual([{ Untagged: 'mine:one' }]);
    await expect(images.remove(name)).rejects.toThrow(
      `conflict: unable to remove repository reference "${name}" (must force) - container cccccccccccc is using its referenced image ${id.slice(7, 19)}`,
    );
    engine.users.clear();
    expect(await images.remove(name)).toEqual([
      { Untagged: name },
      { Untagged: `${name.replace(':latest', '')}@${image.manifestDigest}` },
      { Deleted: id },
      { Deleted: image.layers[0]?.diffId },
    ]);
    expect(images.list()).toEqual([]);
    expect(engine.storage.listLayers()).toEqual([]);
    expect(readdirSync(join(engine.root, 'images/blobs/sha256'))).toEqual([]);
    expect(() => images.inspect(name)).toThrow(`No such image: ${name}`);
    expect(engine.events.map(({ action }) => action)).toEqual([
      'pull',
      'tag',
      'untag',
      'untag',
      'untag',
      'delete',
    ]);
  });

  test('basic authentication, from options and from docker’s config', async () => {
    using directory = tempDirectory();
    await using registry = await startRegistry({ auth: true });
    const image = await busyboxImage(join(directory.path, 'layout'));
    const name = `${registry.host}/busybox:latest`;
    pushImage(image, name, ['--dest-creds', `${REGISTRY_USER}:${REGISTRY_PASSWORD}`]);
    using engine = openImageEngine(join(directory.path, 'root'));
    await expect(engine.images.pull(name)).rejects.toThrow('pull access denied');
    const auth = { username: REGISTRY_USER, password: REGISTRY_PASSWORD };
    await expect(engine.images.pull(name, { auth: { ...auth, password: 'wrong' } })).rejects.toThrow(
      'pull access denied',
    );
    expect((await engine.images.pull(name, { auth })).id).toBe(image.configDigest);
  });

  test('Docker’s own formats, a manifest list with the platform chosen, and a list without ours', async () => {
    using directory = tempDirectory();
    await using registry = await startRegistry();
    const layout = join(directory.path, 'layout');
    const ours = await buildImage(layout, { layers: [{ entries: [{ name: 'ours', content: 'x' }] }] });
    pushImage(ours, `${registry.host}/docker:v1`, ['--format', 'v2s2']);
    using engine = openImageEngine(join(directory.path, 'root'));
    const { id } = await engine.images.pull(`${registry.host}/docker:v1`);
    expect(engine.images.inspect(id).RootFS.Layers).toEqual([ours.layers[0]?.diffId]);
    execFileSync('skopeo', [
      '--insecure-policy',
      'copy',
      '-q',
      `oci:${engine.root}/images:${registry.host}/docker:v1`,
      `dir:${join(directory.path, 'copy')}`,
    ]);

    const other = await buildImage(layout, {
      layers: [{ entries: [{ name: 'theirs', content: 'y' }] }],
      architecture: 's390x',
    });
    const entry = (image: TestImage, architecture: string) => ({
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      digest: image.manifestDigest,
      size: statSync(join(layout, 'blobs', image.manifestDigest.replace(':', '/'))).size,
      platform: { os: 'linux', architecture },
    });
    const pushList = (tag: string, manifests: object[]) => {
      const list = Buffer.from(
        JSON.stringify({ schemaVersion: 2, mediaType: 'application/vnd.oci.image.index.v1+json', manifests }),
      );
      writeFileSync(join(layout, 'blobs', digestOf(list).replace(':', '/')), list);
      const top = {
        mediaType: 'application/vnd.oci.image.index.v1+json',
        digest: digestOf(list),
        size: list.length,
        annotations: { 'org.opencontainers.image.ref.name': tag },
      };
      writeFileSync(join(layout, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [top] }));
      pushImage({ ...ours, tag }, `${registry.host}/list:${tag}`, ['--all']);
    };
    pushList('both', [entry(other, 's390x'), entry(ours, process.arch === 'arm64' ? 'arm64' : 'amd64')]);
    expect((await engine.images.pull(`${registry.host}/list:both`)).id).toBe(ours.configDigest);
    expect((await engine.images.pull(`${registry.host}/list:both`, { platform: 'linux/s390x' })).id).toBe(
      other.configDigest,
    );
    pushList('foreign', [entry(other, 's390x')]);
    await expect(engine.images.pull(`${registry.host}/list:foreign`)).rejects.toMatchObject({
      statusCode: 404,
      message: expect.stringMatching(/^no matching manifest for linux\/\w+ in the manifest list entries$/),
    });
    pushImage(
      {
        ...other,
        layout: (await buildImage(join(directory.path, 'single'), { layers: [], architecture: 's390x' }))
          .layout,
      },
      `${registry.host}/single:v1`,
    );
    await expect(engine.images.pull(`${registry.host}/single:v1`)).rejects.toThrow(
      'is for linux/s390x, and this machine is linux/',
    );
  });

  test('what is not there, and who does not answer', async () => {
    using directory = tempDirectory();
    await using registry = await startRegistry();
    using engine = openImageEngine(join(directory.path, 'root'));
    await expect(engine.images.pull(`${registry.host}/nothing:here`)).rejects.toMatchObject({
      statusCode: 404,
      message: `manifest for ${registry.host}/nothing:here not found: manifest unknown: manifest unknown`,
    });
    await expect(engine.images.pull('127.0.0.1:1/nobody')).rejects.toThrow(
      'get https://127.0.0.1:1/v2/: connect ECONNREFUSED 127.0.0.1:1',
    );
    await expect(engine.images.pull('UPPER')).rejects.toMatchObject({ statusCode: 400 });
  });
});
