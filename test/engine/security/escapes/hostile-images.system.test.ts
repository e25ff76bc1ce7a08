// Images made to do harm: layers that climb out, and files in the places that a start looks at.
import { mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import { type EngineFixture, engineFixture, exec, run } from '../../../support/engine-fixture.ts';
import { systemTest } from '../../../support/requires.ts';
import type { ImageConfig, LayerEntry } from '../../../support/test-image.ts';
import { NEEDS, hostileImage, sh, start } from './attacks.ts';

const test = systemTest(...NEEDS);
let fixture: EngineFixture;
/** Of the host: nothing may come, go or change here. */
let outside: string;

beforeAll(async () => {
  fixture = await engineFixture();
  outside = join(fixture.root, '..', 'outside');
  mkdirSync(outside);
  writeFileSync(join(outside, 'file'), 'of the host');
});
afterAll(() => fixture[Symbol.asyncDispose]());

function hostIsUntouched(): void {
  expect(readdirSync(outside)).toEqual(['file']);
  expect(readFileSync(join(outside, 'file'), 'utf8')).toBe('of the host');
  expect(statSync(join(outside, 'file')).nlink).toBe(1);
}

let count = 0;
const image = (entries: readonly LayerEntry[], config: ImageConfig = {}): Promise<string> =>
  hostileImage(fixture, { name: `hostile${(count += 1)}`, entries, config });

const up = '../'.repeat(20);
const file = (name: string, content = 'owned'): LayerEntry => ({ name, content, mode: 0o644 });
const link = (name: string, linkname: string): LayerEntry => ({
  name,
  type: 'symlink',
  linkname,
  mode: 0o777,
});
const hard = (name: string, linkname: string): LayerEntry => ({ name, type: 'link', linkname, mode: 0o644 });

test('layers that climb out of their directory, by every kind of entry', async () => {
  const place = outside.slice(1);
  const layers: Record<string, LayerEntry[]> = {
    'a name that climbs': [file(`${up}${place}/new`)],
    'an absolute name': [file(`/${place}/new`)],
    'through a link': [link('way', outside), file('way/new')],
    'through a link that climbs': [link('way', `${up}${place}`), file('way/new')],
    'through two links': [link('one', '/'), link('two', `one/${place}`), file('two/new')],
    'over a link': [link('way', `${outside}/file`), file('way')],
    'a hard link to the host': [hard('mine', `${up}${place}/file`), file('mine')],
    'a hard link through a link': [link('way', outside), hard('mine', 'way/file'), file('mine')],
    'a whiteout through a link': [link('way', outside), file('way/.wh.file', '')],
    'a whiteout that climbs': [file(`${up}${place}/.wh.file`, '')],
    'a whiteout of the directory above': [file('.wh...', ''), file('dir/.wh...', '')],
    'an opaque directory through a link': [link('way', outside), file('way/.wh..wh..opq', '')],
    'a directory over a link': [
      link('way', outside),
      { name: 'way/', type: 'directory', mode: 0o777 },
      file('way/new'),
    ],
    'a device through a link': [
      link('way', outside),
      { name: 'way/null', type: 'character-device', devmajor: 1, devminor: 3, mode: 0o666 },
    ],
  };
  const refused: string[] = [];
  for (const [what, entries] of Object.entries(layers)) {
    const reference = await image(entries).catch(() => undefined);
    if (reference === undefined) refused.push(what);
    else await run(fixture.client, ['true'], { Image: reference }).catch(() => refused.push(what));
    hostIsUntouched();
  }
  process.stdout.write(
    `hostile layers: ${Object.keys(layers).length}, of which ${refused.length} refused, none got out\n`,
  );
  // The others were unpacked, and what they named lies in the container.
  expect(refused.length).toBeLessThan(Object.keys(layers).length);
});

test('device nodes of an image can’t be used: their cgroup forbids what is not of the default set', async () => {
  const Image = await image([
    { name: 'mem', type: 'character-device', devmajor: 1, devminor: 1, mode: 0o666 },
    { name: 'disk', type: 'block-device', devmajor: 8, devminor: 0, mode: 0o666 },
    { name: 'loop', type: 'block-device', devmajor: 7, devminor: 0, mode: 0o666 },
  ]);
  const { stdout } = await run(
    fixture.client,
    sh(
      'for d in /mem /disk /loop; do head -c1 $d >/dev/null 2>&1 && echo OPEN $d; done; ls -l /mem | cut -c1',
    ),
    {
      Image,
    },
  );
  expect(stdout).toBe('c\n');
});

const UID = ['sed', '-n', 's/^Uid:.\\([0-9]*\\).*/\\1/p', '/proc/self/status'];

test('/etc/passwd may be a fifo, huge, a link into /proc or out: the start neither waits nor follows', async () => {
  const passwds: Record<string, LayerEntry> = {
    fifo: { name: 'etc/passwd', type: 'fifo', mode: 0o644 },
    device: { name: 'etc/passwd', type: 'character-device', devmajor: 1, devminor: 5, mode: 0o644 },
    directory: { name: 'etc/passwd', type: 'directory', mode: 0o755 },
    huge: { name: 'etc/passwd', content: Buffer.alloc(17 << 20, 'x'), mode: 0o644 },
    'a line without end': { name: 'etc/passwd', content: Buffer.alloc(1 << 20, ':'), mode: 0o644 },
    'of the kernel': link('etc/passwd', '/proc/self/fd/3'),
    'of the host': link('etc/passwd', `${up}${outside}/file`),
    loop: link('etc/passwd', 'passwd'),
  };
  for (const [what, entry] of Object.entries(passwds)) {
    const Image = await image([entry]);
    // Not by id(1), which looks into the file itself.
    expect((await run(fixture.client, UID, { Image, User: '1234' })).stdout, what).toBe('1234\n');
    await expect(run(fixture.client, UID, { Image, User: 'nobody-here' }), what).rejects.toThrow(
      /unable to find user|no matching entries/,
    );
  }
});

test('/etc as a link out is where hosts and resolv.conf are mounted inside', async () => {
  const Image = await image([link('etc', `${up}${outside}`)]);
  const { stdout } = await run(fixture.client, sh('cat /etc/hosts | head -1; readlink /etc'), { Image });
  expect(stdout.split('\n')[0]).toMatch(/^127\.0\.0\.1/);
  hostIsUntouched();
});

test('fifos, directories and sockets in the place of a program or a working directory are refused at once', async () => {
  const Image = await image([
    { name: 'fifo', type: 'fifo', mode: 0o777 },
    { name: 'dir/', type: 'directory', mode: 0o755 },
    file('text'),
    link('loop', 'loop'),
    { name: 'device', type: 'character-device', devmajor: 1, devminor: 5, mode: 0o777 },
  ]);
  for (const entrypoint of ['/fifo', '/dir', '/text', '/loop', '/device', '/', '', '.'])
    await expect(run(fixture.client, [entrypoint], { Image }), `entrypoint ${entrypoint}`).rejects.toThrow();
  for (const WorkingDir of ['/fifo', '/text', '/loop', '/device', '/fifo/below'])
    await expect(run(fixture.client, ['true'], { Image, WorkingDir }), `cwd ${WorkingDir}`).rejects.toThrow();
  await using victim = await start(fixture, ['sleep', '1000'], { Image });
  for (const entrypoint of ['/fifo', '/dir', '/loop'])
    await expect(exec(victim.handle, [entrypoint]), `exec ${entrypoint}`).rejects.toThrow();
});

test('environments, names and host names that are none', async () => {
  const { client } = fixture;
  await expect(run(client, ['true'], { Env: ['A=\0B'] })).rejects.toThrow();
  await expect(run(client, ['ec\0ho'])).rejects.toThrow();
  await expect(run(client, ['true'], { WorkingDir: '/\0' })).rejects.toThrow();
  await expect(run(client, ['true'], { Env: [`A=${'x'.repeat(3 << 20)}`] })).rejects.toThrow();
  for (const name of ['../../escape', 'a/b', '-x', '.', '..'])
    await expect(client.createContainer({ Image: 'busybox:test', name }), name).rejects.toThrow();
  for (const Hostname of ['../../../escape', 'a/b', 'x'.repeat(200)]) {
    const outcome = await run(client, ['hostname'], { Hostname }).then(
      ({ stdout }) => stdout,
      () => 'refused',
    );
    expect(['refused', `${Hostname}\n`], Hostname).toContain(outcome);
    hostIsUntouched();
  }
});
