import {
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { describe, expect } from 'vitest';
import { exportRootfs, infoArchive, putArchive } from '../../../../src/engine/containers/archive/archive.ts';
import { content, get, running, tarList, tarOf } from '../../../support/archive-subjects.ts';
import { systemTest } from '../../../support/requires.ts';

const test = systemTest('root', 'overlay', 'busybox');

describe('a running container', () => {
  test('in and out, with what it has mounted; /proc and its kin are not part of it', async () => {
    await using machine = await running({ 'etc/conf': 'inside' });
    const { subject } = machine;
    expect(content(await get(subject, '/etc/conf'), 'conf')).toBe('inside');
    expect(content(await get(subject, '/tmp/note'), 'note')).toBe('volatile\n');
    expect(tarList(await get(subject, '/proc'))).toEqual(['proc/']);
    await putArchive(subject, tarOf(machine.outside, 'secret'), { path: '/etc' });
    expect(readFileSync(join(machine.root, 'etc/secret'), 'utf8')).toBe('of the host');
    const exported = tarList(await buffer(exportRootfs(subject)));
    expect(exported).toContain('etc/conf');
    expect(exported).toContain('tmp/');
    expect(exported).not.toContain('tmp/note');
  });

  test('another process with its pid is not taken for it', async () => {
    await using machine = await running({});
    const { init } = machine.subject;
    const other = { ...machine.subject, init: { ...init, startTicks: init.startTicks + 1 } };
    await expect(infoArchive(other, '/')).rejects.toMatchObject({
      statusCode: 409,
      message: 'container web stopped meanwhile; try again',
    });
    const gone = { ...machine.subject, init: { ...init, pid: 2 ** 22 + 1 } };
    await expect(infoArchive(gone, '/')).rejects.toMatchObject({ statusCode: 409 });
  });

  test('no link leads out, not even through /proc of the host', async () => {
    await using machine = await running({
      absolute: '-> /',
      up: '-> ../../../../../../..',
      magic: '-> /proc/1/root',
      self: '-> /proc/self/root',
    });
    const { subject, outside, root } = machine;
    for (const link of ['absolute', 'up', 'magic', 'self']) {
      await expect(get(subject, `/${link}${outside}/secret`)).rejects.toMatchObject({ statusCode: 404 });
      await expect(
        putArchive(subject, tarOf(root, 'bin/'), { path: `/${link}${outside}` }),
      ).rejects.toMatchObject({ statusCode: 404 });
    }
    expect(readdirSync(outside)).toEqual(['secret']);
  });

  test('a directory that is swapped for a link while we copy never leads out', async () => {
    await using machine = await running({ 'dir/evil': '-> /proc/1/root' });
    const { subject, root, outside } = machine;
    const a = join(root, 'dir/a');
    const b = join(root, 'dir/b');
    mkdirSync(a);
    writeFileSync(join(a, 'secret'), 'of the container');
    symlinkSync(`/dir/evil${outside}`, b);
    const swap = { isOn: true };
    const swapping = (async () => {
      const spare = join(root, 'dir/spare');
      for (let count = 0; swap.isOn && count < 100_000; count += 1) {
        renameSync(a, spare);
        renameSync(b, a);
        renameSync(spare, b);
        if (count % 20 === 0) await new Promise(setImmediate);
      }
    })();
    const load = tarOf(outside, '--transform', 's|secret|planted|', 'secret');
    for (let round = 0; round < 12; round += 1) {
      const [tar] = await Promise.allSettled([
        get(subject, '/dir/a/'),
        putArchive(subject, load, { path: '/dir/a' }),
      ]);
      if (tar.status === 'fulfilled') expect(tar.value.includes('of the host\n')).toBe(false);
      if (tar.status === 'fulfilled' && tarList(tar.value).includes('a/secret'))
        expect(content(tar.value, 'a/secret')).toBe('of the container');
    }
    swap.isOn = false;
    await swapping;
    expect(readdirSync(outside)).toEqual(['secret']);
  });

  test('files that grow, shrink and vanish keep the tar whole', async () => {
    await using machine = await running({ 'log/steady': 'x' });
    const growing = join(machine.root, 'log/growing');
    const writer = { isOn: true };
    const writing = (async () => {
      for (let size = 0; writer.isOn; size = (size + 70_001) % 900_000) {
        writeFileSync(growing, 'y'.repeat(size));
        rmSync(join(machine.root, `log/${size % 7}`), { force: true });
        writeFileSync(join(machine.root, `log/${size % 5}`), '');
        await new Promise(setImmediate);
      }
    })();
    for (let round = 0; round < 8; round += 1) {
      const names = tarList(await get(machine.subject, '/log'));
      expect(names).toContain('log/steady');
    }
    writer.isOn = false;
    await writing;
  });
});
