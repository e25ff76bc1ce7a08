import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  linkSync,
  lstatSync,
  readFileSync,
  readdirSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { describe, expect } from 'vitest';
import {
  exportRootfs,
  getArchive,
  infoArchive,
  putArchive,
} from '../../../../src/engine/containers/archive/archive.ts';
import { getXattr, makeDev, mknod, setXattr } from '../../../../src/native/syscalls.ts';
import { content, get, stopped, tarList, tarOf, write } from '../../../support/archive-subjects.ts';
import { systemTest } from '../../../support/requires.ts';
import { tempDirectory } from '../../../support/temp-root.ts';
import { waitFor } from '../../../support/wait-for.ts';

const test = systemTest('root', 'overlay');

describe('out of a stopped container', () => {
  test('files, directories and the content of directories are named as docker cp expects', async () => {
    using machine = stopped({ 'srv/www/index.html': 'hello', 'srv/link': '-> www', 'srv/www/sub/x': '1' });
    const { subject } = machine;
    expect(tarList(await get(subject, '/srv/www/index.html'))).toEqual(['index.html']);
    expect(tarList(await get(subject, 'srv/www'))).toEqual([
      'www/',
      'www/index.html',
      'www/sub/',
      'www/sub/x',
    ]);
    expect(tarList(await get(subject, '/srv/www/.'))).toEqual(['./', './index.html', './sub/', './sub/x']);
    expect(tarList(await get(subject, '/srv/link'))).toEqual(['link']);
    expect(tarList(await get(subject, '/srv/link/'))).toContain('link/index.html');
    expect(content(await get(subject, '/etc/os-release'), 'os-release')).toBe('layer 1\n');
    expect(tarList(await get(subject, '/'))).toContain('./etc/os-release');
  });

  test('what a path is', async () => {
    using machine = stopped({ 'a/file': 'four', 'a/link': '-> /a/file', 'a/loose': '-> ../nowhere' });
    chmodSync(join(machine.directory, 'layer:2/a/file'), 0o4751);
    utimesSync(join(machine.directory, 'layer:2/a/file'), 0, 1_700_000_000.5);
    const { subject } = machine;
    expect(await infoArchive(subject, '/a/file')).toEqual({
      name: 'file',
      size: 4,
      mode: 2 ** 23 + 0o751,
      mtime: '2023-11-14T22:13:20.5Z',
      linkTarget: '',
    });
    expect(await infoArchive(subject, '/a')).toMatchObject({ name: 'a', mode: 2 ** 31 + 0o755 });
    expect(await infoArchive(subject, '/a/link')).toMatchObject({
      linkTarget: '/a/file',
      mode: 2 ** 27 + 0o777,
    });
    expect(await infoArchive(subject, '/a/loose')).toMatchObject({ linkTarget: '/nowhere' });
    expect(await infoArchive(subject, '/')).toMatchObject({ name: '/' });
  });

  test("what is not there is told in Docker's words", async () => {
    using machine = stopped({ file: '' });
    for (const look of [infoArchive, getArchive]) {
      await expect(look(machine.subject, '/no/such')).rejects.toMatchObject({
        statusCode: 404,
        message: 'Could not find the file /no/such in container web',
      });
      await expect(look(machine.subject, '/file/')).rejects.toMatchObject({ statusCode: 400 });
    }
  });

  test('owners, modes, times, links, devices, attributes and odd names survive', async () => {
    using machine = stopped({ 'd/file': 'text', 'd/sym': '-> ../../..' });
    const d = join(machine.directory, 'layer:2/d');
    const long = 'n'.repeat(120);
    write(d, { [`${long}/${long}`]: 'long', ünï: 'utf-8' });
    writeFileSync(Buffer.concat([Buffer.from(`${d}/`), Buffer.from([0xff, 0xfe])]), 'bytes');
    linkSync(join(d, 'file'), join(d, 'hard'));
    chownSync(join(d, 'file'), 3_000_000, 1234);
    chmodSync(join(d, 'file'), 0o2640);
    setXattr(join(d, 'file'), 'user.binary', Buffer.from([0, 255, 10, 61, 0]));
    utimesSync(join(d, 'file'), 1, 1_600_000_000.25);
    mknod(join(d, 'null'), 0o020666, makeDev(1, 3));
    mknod(join(d, 'fifo'), 0o010600, 0);
    const tar = await get(machine.subject, '/d');
    const out = write(join(machine.directory, 'out'), {});
    execFileSync('tar', ['-C', out, '--xattrs', '--xattrs-include=*', '--same-owner', '-xpf', '-'], {
      input: tar,
    });
    const file = lstatSync(join(out, 'd/file'));
    expect(file).toMatchObject({ uid: 3_000_000, gid: 1234, nlink: 2, mtimeMs: 1_600_000_000_250 });
    expect(file.mode & 0o7777).toBe(0o2640);
    expect(lstatSync(join(out, 'd/hard')).ino).toBe(file.ino);
    expect(getXattr(join(out, 'd/file'), 'user.binary')).toEqual(Buffer.from([0, 255, 10, 61, 0]));
    expect(lstatSync(join(out, 'd/null')).rdev).toBe(makeDev(1, 3));
    expect(lstatSync(join(out, 'd/fifo')).isFIFO()).toBe(true);
    expect(readFileSync(join(out, 'd', long, long), 'utf8')).toBe('long');
    expect(readFileSync(join(out, 'd/ünï'), 'utf8')).toBe('utf-8');
    expect(readdirSync(join(out, 'd'), { encoding: 'buffer' }).some((name) => name[0] === 0xff)).toBe(true);
  });

  test('volumes are seen at their place, and made there where the container never ran', async () => {
    const volume = tempDirectory();
    write(volume.path, { 'data/x': 'in the volume' });
    using machine = stopped(
      {},
      {
        mounts: [
          { source: join(volume.path, 'data'), target: '/var/data', readOnly: false },
          { source: join(volume.path, 'data/x'), target: '/etc/x.conf', readOnly: true },
        ],
      },
    );
    expect(content(await get(machine.subject, '/var/data/x'), 'x')).toBe('in the volume');
    expect(content(await get(machine.subject, '/etc/x.conf'), 'x.conf')).toBe('in the volume');
    await putArchive(machine.subject, tarOf(volume.path, 'data/x'), { path: '/var/data' });
    expect(readFileSync(join(volume.path, 'data/data/x'), 'utf8')).toBe('in the volume');
    const exported = tarList(await buffer(exportRootfs(machine.subject)));
    expect(exported).toContain('etc/os-release');
    expect(exported).not.toContain('var/data/x');
    volume[Symbol.dispose]();
  });

  test('90 layers with long names', async () => {
    using temp = tempDirectory();
    const lowerdirs = Array.from({ length: 90 }, (_, index) =>
      write(join(temp.path, `${'layer'.repeat(20)}-${index}`), { [`file-${index}`]: String(index) }),
    );
    const [upperdir, workdir] = [write(join(temp.path, 'u'), {}), write(join(temp.path, 'w'), {})];
    const tar = await get(
      {
        kind: 'stopped',
        container: 'deep',
        rootfs: { kind: 'overlay', lowerdirs, upperdir, workdir, base: temp.path },
        mounts: [],
        readOnlyRootfs: false,
      },
      '/.',
    );
    expect(tarList(tar)).toHaveLength(91);
  });

  test('a reader that goes away ends the helper, and nothing stays mounted', async () => {
    using machine = stopped({ big: '' });
    truncateSync(join(machine.directory, 'layer:2/big'), 2 ** 30);
    const mounts = readFileSync('/proc/self/mountinfo', 'utf8');
    const { stream } = await getArchive(machine.subject, '/big');
    await once(stream, 'readable');
    const helpers = childrenOf(process.pid).filter((line) => line.includes('archive-process'));
    expect(helpers).toHaveLength(1);
    stream.destroy();
    await waitFor(() => childrenOf(process.pid).every((line) => !line.includes('archive-process')), {
      reason: 'the helper has ended',
    });
    expect(readFileSync('/proc/self/mountinfo', 'utf8')).toBe(mounts);
  });

  test('1 GiB passes through in constant memory', async () => {
    using machine = stopped({ big: '' });
    truncateSync(join(machine.directory, 'layer:2/big'), 2 ** 30);
    const { stream } = await getArchive(machine.subject, '/big');
    const before = process.memoryUsage().rss;
    let bytes = 0;
    let largest = 0;
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      largest = Math.max(largest, process.memoryUsage.rss());
    }
    // Its header, an extended one for the fraction of the mtime, and the end.
    expect(bytes).toBe(2 ** 30 + 512 + 1024 + 1024);
    // What the garbage collector lets lie is some 90 MiB.
    expect((largest - before) / 2 ** 20).toBeLessThan(256);
  });
});

/** Command lines of this process's children. */
function childrenOf(pid: number): string[] {
  const pids = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean);
  return pids.map((child) => readFileSync(`/proc/${child}/cmdline`, 'utf8').replaceAll('\0', ' '));
}
