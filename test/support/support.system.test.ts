// The supports are used to judge everything else, so they are judged first.
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { debianImage } from './debian-image.ts';
import { leftovers, snapshot } from './leak-check.ts';
import { REGISTRY_PASSWORD, REGISTRY_USER, startRegistry } from './local-registry.ts';
import { systemTest } from './requires.ts';
import { tempDirectory } from './temp-root.ts';
import {
  awkwardImage,
  busyboxImage,
  pushImage,
  saveDockerArchive,
  saveOciArchive,
  sparseTar,
} from './test-image.ts';

const ip = (...args: string[]) => execFileSync('ip', args, { encoding: 'utf8' });

systemTest('netns')('the outside answers through the uplink', () => {
  expect(ip('route', 'get', '203.0.113.1')).toContain('via 198.51.100.1 dev eth0 src 198.51.100.2');
  expect(ip('-n', 'outside', '-brief', 'address')).toContain('203.0.113.1/32');
});

systemTest(
  'root',
  'netns',
  'cgroup',
)('the leak check sees a link, a file, a mount and a cgroup, and their end', async () => {
  const before = snapshot();
  {
    using directory = tempDirectory('leak-');
    const cgroup = '/sys/fs/cgroup/pids/gantry-leak-check';
    ip('link', 'add', 'leak0', 'type', 'bridge');
    mkdirSync(cgroup);
    execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', directory.path]);
    const found = await leftovers(before, 0);
    expect(found).toContain('link leak0');
    expect(found).toContain(`cgroup ${cgroup}`);
    expect(found).toContain(`file ${directory.path}`);
    expect(found).toContainEqual(expect.stringContaining(`mount ${directory.path} `));
    execFileSync('umount', [directory.path]);
    ip('link', 'delete', 'leak0');
    rmdirSync(cgroup);
  }
  expect(await leftovers(before)).toEqual([]);
});

systemTest('registry', 'busybox')('a pushed image can be read back by digest', async () => {
  using directory = tempDirectory();
  await using registry = await startRegistry();
  const image = await busyboxImage(join(directory.path, 'busybox'));
  pushImage(image, `${registry.host}/library/busybox:latest`);
  const response = await fetch(`${registry.url}/v2/library/busybox/manifests/${image.manifestDigest}`, {
    headers: { accept: 'application/vnd.oci.image.manifest.v1+json' },
  });
  expect(response.status).toBe(200);
});

systemTest('registry')(
  'a registry with accounts and a certificate of its own turns strangers away',
  async () => {
    using directory = tempDirectory();
    await using registry = await startRegistry({ auth: true, tls: true });
    const curl = (...args: string[]) =>
      execFileSync('skopeo', ['--insecure-policy', 'list-tags', ...args, `docker://${registry.host}/a/b`], {
        stdio: 'pipe',
        encoding: 'utf8',
      });
    const image = await awkwardImage(join(directory.path, 'awkward'));
    expect(() => curl('--tls-verify=true')).toThrow(/certificate/);
    expect(() => curl('--tls-verify=false')).toThrow(/authentication required|unauthorized/i);
    const credentials = `${REGISTRY_USER}:${REGISTRY_PASSWORD}`;
    pushImage(image, `${registry.host}/a/b:one`, ['--dest-creds', credentials]);
    expect(curl('--tls-verify=false', '--creds', credentials)).toContain('"one"');
  },
);

systemTest(
  'umoci',
  'registry',
  'root',
)('the awkward image is one that others can unpack', async () => {
  using directory = tempDirectory();
  const image = await awkwardImage(join(directory.path, 'awkward'), 'gzip');
  const bundle = join(directory.path, 'bundle');
  execFileSync('umoci', ['unpack', '--image', `${image.layout}:${image.tag}`, bundle], { stdio: 'pipe' });
  const list = execFileSync('find', [join(bundle, 'rootfs'), '-printf', '%P %M %n %s\n'], {
    encoding: 'utf8',
  });
  expect(list).toMatch(/^hard -rw-r----- 2 4$/m);
  expect(list).toMatch(/^opaque\/new /m);
  expect(list).not.toMatch(/^gone|^opaque\/old|\.wh\./m);
  expect(list).toMatch(/^dev\/odd-null crw-rw-rw- /m);
  saveDockerArchive(image, join(directory.path, 'docker.tar'), 'awkward:1');
  saveOciArchive(image, join(directory.path, 'oci.tar'));
  expect(sparseTar(directory.path).length).toBeLessThan(100_000);
});

systemTest('debian', 'umoci', 'debootstrap')(
  'a Debian that others made is there as an image',
  () => {
    const image = debianImage();
    const found = execFileSync(
      'skopeo',
      ['inspect', '--format', '{{.Architecture}} {{len .Layers}}', `oci:${image.layout}:${image.tag}`],
      { encoding: 'utf8' },
    );
    expect(found).toMatch(/^(amd64|arm64) 1$/m);
  },
  300_000,
);
