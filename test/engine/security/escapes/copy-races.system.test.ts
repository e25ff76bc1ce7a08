// `cp` while the container exchanges the path for a link (as in CVE-2018-15664), and helpers that would load the container's
// libraries (as in CVE-2019-14271).
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, expect } from 'vitest';
import { type EngineFixture, engineFixture } from '../../../support/engine-fixture.ts';
import { systemTest } from '../../../support/requires.ts';
import { type TempDirectory, tempDirectory } from '../../../support/temp-root.ts';
import { layerTar } from '../../../support/test-image.ts';
import { NEEDS, compileAttack, hostileImage, sh, start } from './attacks.ts';

const test = systemTest(...NEEDS, 'strace');
const SECRET = 'the secret of the host';
let fixture: EngineFixture;
let directory: TempDirectory;
let secret: string;

beforeAll(async () => {
  fixture = await engineFixture();
  directory = tempDirectory();
  secret = join(directory.path, 'secret');
  mkdirSync(secret);
  writeFileSync(join(secret, 'key'), SECRET);
  compileAttack('swap', join(directory.path, 'attack'));
});
afterAll(async () => {
  await fixture[Symbol.asyncDispose]();
  directory[Symbol.dispose]();
});

/** A container in which /shared/a is a directory at one moment and a link to the host's secret at the next. */
async function swapping(volume: string) {
  await fixture.client.createVolume({ Name: volume });
  const { Mountpoint } = await fixture.client.getVolume(volume).inspect();
  mkdirSync(join(Mountpoint, 'a'));
  writeFileSync(join(Mountpoint, 'a/key'), 'of the container');
  symlinkSync(secret, join(Mountpoint, 'b'));
  const HostConfig = { Binds: [`${volume}:/shared`, `${join(directory.path, 'attack')}:/attack:ro`] };
  // The same path exists inside, for what follows the link there to have a place to go.
  const command = `mkdir -p ${secret} && echo inside > ${secret}/key && exec /attack/swap /shared/a /shared/b`;
  return await start(fixture, sh(command), { HostConfig });
}

const hostIsUntouched = (): void => {
  expect(readdirSync(secret)).toEqual(['key']);
  expect(readFileSync(join(secret, 'key'), 'utf8')).toBe(SECRET);
};

test('out of a container whose path is exchanged meanwhile', async () => {
  await using victim = await swapping('copy-out');
  const seen = { directory: 0, inside: 0, failed: 0 };
  const sawBoth = (): boolean => seen.inside > 0 && seen.directory > 0;
  for (let round = 0; round < 16 || (round < 200 && !sawBoth()); round += 1) {
    const path = round % 2 === 0 ? '/shared/a/key' : '/shared/a/';
    const bytes = await victim.handle
      .getArchive({ path })
      .then(buffer)
      .catch(() => undefined);
    const text = bytes?.toString('latin1') ?? '';
    expect(text).not.toContain(SECRET);
    if (text.includes('of the container')) seen.directory += 1;
    else if (text.includes('inside')) seen.inside += 1;
    else seen.failed += 1;
  }
  process.stdout.write(`copies out of an exchanged path: ${JSON.stringify(seen)}, none of the host\n`);
  expect(seen.inside).toBeGreaterThan(0);
  expect(seen.directory).toBeGreaterThan(0);
  hostIsUntouched();
});

test('into a container whose path is exchanged meanwhile', async () => {
  await using victim = await swapping('copy-in');
  const tar = await layerTar([
    { name: 'key', content: 'owned' },
    { name: 'new', content: 'owned' },
    { name: 'sub/', type: 'directory', mode: 0o755 },
    { name: 'sub/file', content: 'owned' },
  ]);
  let done = 0;
  for (let round = 0; round < 10; round += 1) {
    await victim.handle.putArchive(tar, { path: '/shared/a' }).then(
      () => (done += 1),
      () => undefined,
    );
    hostIsUntouched();
  }
  expect(done).toBeGreaterThan(0);
});

test('into a stopped container whose tree is full of links to the host', async () => {
  const Image = await hostileImage(fixture, {
    name: 'links-out',
    entries: [
      { name: 'out', type: 'symlink', linkname: secret, mode: 0o777 },
      { name: 'up', type: 'symlink', linkname: `${'../'.repeat(20)}${secret}`, mode: 0o777 },
      { name: 'self', type: 'symlink', linkname: '/proc/self/root', mode: 0o777 },
      { name: 'init', type: 'symlink', linkname: '/proc/1/root', mode: 0o777 },
    ],
  });
  const container = await fixture.client.createContainer({ Image });
  const tar = await layerTar([{ name: 'key', content: 'owned' }]);
  for (const path of ['/out', '/up', `/self${secret}`, `/init${secret}`]) {
    await container.putArchive(tar, { path }).catch(() => undefined);
    const bytes = await container
      .getArchive({ path: `${path}/key` })
      .then(buffer)
      .catch(() => undefined);
    expect(bytes?.toString('latin1') ?? '', path).not.toContain(SECRET);
    hostIsUntouched();
  }
});

/** Where a C library, a loader or Node itself might look for something to load or run. */
const TRAPS = [
  'lib/x86_64-linux-gnu/libnss_files.so.2',
  'lib/x86_64-linux-gnu/libnss_dns.so.2',
  'lib/x86_64-linux-gnu/libc.so.6',
  'lib/x86_64-linux-gnu/libgcc_s.so.1',
  'lib64/ld-linux-x86-64.so.2',
  'usr/lib/x86_64-linux-gnu/gconv/gconv-modules',
  'etc/ld.so.preload',
  'etc/ld.so.cache',
  'etc/nsswitch.conf',
  'bin/tar',
  'usr/bin/tar',
];

test('nothing of the image is loaded or run by whoever copies', async () => {
  const Image = await hostileImage(fixture, {
    name: 'traps',
    entries: TRAPS.map((name) => ({ name, mode: 0o755, content: '#!/bin/sh\necho trapped > /trapped\n' })),
  });
  await using victim = await start(fixture, ['sleep', '1000'], { Image });
  const log = join(directory.path, 'calls');
  const main = join(import.meta.dirname, '../../../../dist/main.js');
  const order = JSON.stringify({
    operation: 'get',
    path: '/etc',
    subject: { kind: 'running', container: 'x', init: initOf(victim.pid) },
  });
  execFileSync(
    'strace',
    [
      '-f',
      '-o',
      log,
      '-e',
      'trace=setns,chroot,execve,open,openat,openat2,mmap',
      process.execPath,
      main,
      'internal',
      'archive',
      order,
    ],
    { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] },
  );
  const calls = readFileSync(log, 'utf8').split('\n');
  const entered = calls.findIndex((line) => /setns\(.*= 0/.test(line));
  expect(entered).toBeGreaterThan(0);
  const thread = calls[entered]?.split(' ')[0] ?? '';
  const inside = calls.slice(entered).filter((line) => line.startsWith(`${thread} `));
  // It read what it was to copy, so it would have been seen to read more.
  expect(inside.filter((line) => line.includes('"/etc/nsswitch.conf"')).length).toBeGreaterThan(0);
  expect(inside.filter((line) => /execve|\.so[."]|gconv/.test(line) && !/"\/etc\//.test(line))).toEqual([]);
  expect(
    inside.filter((line) => /mmap\(.*PROT_EXEC.*, \d+, 0/.test(line) && !line.includes('MAP_ANONYMOUS')),
  ).toEqual([]);
  expect(statSync(`/proc/${victim.pid}/root/trapped`, { throwIfNoEntry: false })).toBeUndefined();
});

function initOf(pid: number): { readonly pid: number; readonly startTicks: number } {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return { pid, startTicks: Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]) };
}
