import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect } from 'vitest';
import { type ArchiveSubject, putArchive } from '../../../../src/engine/containers/archive/archive.ts';
import { getXattr, setXattr } from '../../../../src/native/syscalls.ts';
import { stopped, tarOf, write } from '../../../support/archive-subjects.ts';
import { systemTest } from '../../../support/requires.ts';

const test = systemTest('root', 'overlay');

describe('into a stopped container', () => {
  test('plain, gzip and zstd; attributes as in the tar or of the owner asked for', async () => {
    using machine = stopped({ 'target/': '', link: '-> target' });
    const source = write(join(machine.directory, 'source'), { 'd/f': 'content', 'd/l': '-> f' });
    chownSync(join(source, 'd/f'), 77, 88);
    setXattr(join(source, 'd/f'), 'user.note', Buffer.from('kept'));
    const tar = tarOf(source, 'd');
    const inTarget = (path: string): string => join(machine.upper, 'target', path);
    await putArchive(machine.subject, tar, { path: '/link' });
    expect(readFileSync(inTarget('d/f'), 'utf8')).toBe('content');
    expect(statSync(inTarget('d/f'))).toMatchObject({ uid: 77, gid: 88 });
    expect(getXattr(inTarget('d/f'), 'user.note')?.toString()).toBe('kept');
    rmSync(inTarget('d'), { recursive: true });
    await putArchive(machine.subject, Readable.from([gzipSync(tar)]), {
      path: '/target',
      owner: { uid: 1000, gid: 1001 },
    });
    expect(statSync(inTarget('d/f'))).toMatchObject({ uid: 1000, gid: 1001 });
    expect(lstatSync(inTarget('d/l'))).toMatchObject({ uid: 1000, gid: 1001 });
    rmSync(inTarget('d'), { recursive: true });
    await putArchive(machine.subject, zstdCompressSync(tar), { path: '/target' });
    expect(readFileSync(inTarget('d/f'), 'utf8')).toBe('content');
  });

  test('the directory that is copied to keeps its own owner and mode', async () => {
    using machine = stopped({ 'target/': '' });
    const source = write(join(machine.directory, 'source'), { f: 'content' });
    chownSync(source, 77, 88);
    chmodSync(source, 0o700);
    await putArchive(machine.subject, tarOf(source, '.'), { path: '/target' });
    expect(readFileSync(join(machine.upper, 'target/f'), 'utf8')).toBe('content');
    const { mode, uid, gid } = statSync(join(machine.upper, 'target'));
    expect({ mode: mode & 0o7777, uid, gid }).toEqual({ mode: 0o755, uid: 0, gid: 0 });
  });

  test("Docker's refusals", async () => {
    using machine = stopped({ file: 'x', 'dir/inner': '', 'there/x/y': '' });
    const source = write(join(machine.directory, 'source'), { x: 'a file', 'file/z': '' });
    const { subject } = machine;
    const put = (subject: ArchiveSubject, path: string, what = 'x') =>
      putArchive(subject, tarOf(source, what), { path, noOverwriteDirNonDir: true });
    await expect(put(subject, '/nowhere')).rejects.toMatchObject({
      statusCode: 404,
      message: 'Could not find the file /nowhere in container web',
    });
    await expect(put(subject, '/file')).rejects.toMatchObject({
      statusCode: 400,
      message: 'extraction point is not a directory',
    });
    await expect(put(subject, '/there')).rejects.toMatchObject({
      statusCode: 400,
      message: 'cannot overwrite directory "/x" with non-directory "/there"',
    });
    await expect(put(subject, '/', 'file')).rejects.toMatchObject({
      message: 'cannot overwrite non-directory "/file" with directory "/"',
    });
    await expect(put({ ...subject, readOnlyRootfs: true }, '/dir')).rejects.toMatchObject({
      statusCode: 400,
      message: 'container rootfs is marked read-only',
    });
    const mounts = [{ source, target: '/dir', readOnly: true }];
    await expect(put({ ...subject, mounts }, '/dir')).rejects.toMatchObject({
      message: 'mounted volume is marked read-only',
    });
    await put(
      { ...subject, mounts: [{ source, target: '/dir', readOnly: false }], readOnlyRootfs: true },
      '/dir',
    );
  });

  test('a tar that is cut off, is none, or climbs out', async () => {
    using machine = stopped({ 'a/b/': '' });
    const source = write(join(machine.directory, 'source'), { big: 'x'.repeat(100_000) });
    const tar = tarOf(source, 'big');
    const put = (tar: Buffer) => putArchive(machine.subject, tar, { path: '/a/b' });
    await expect(put(tar.subarray(0, 50_000))).rejects.toMatchObject({
      statusCode: 400,
      message: 'unexpected EOF',
    });
    expect(existsSync(join(machine.upper, 'a/b/big'))).toBe(false);
    await expect(put(Buffer.from('no tar at all'.repeat(100)))).rejects.toMatchObject({ statusCode: 400 });
    await expect(put(Buffer.from('\u00FD7zXZ\0', 'latin1'))).rejects.toThrow(
      'xz compression is not supported',
    );
    const climbing = execFileSync('tar', [
      '-C',
      join(source),
      '--transform',
      's|big|../../../up|',
      '-Pcf',
      '-',
      'big',
    ]);
    await expect(put(climbing)).rejects.toThrow('invalid path');
    await expect(
      putArchive(
        machine.subject,
        Readable.from(
          (function* () {
            yield tar.subarray(0, 600);
            throw new Error('source is gone');
          })(),
        ),
        { path: '/a' },
      ),
    ).rejects.toThrow('source is gone');
  });

  test('a full disk is told, and no half file stays', async () => {
    using machine = stopped();
    const small = write(join(machine.directory, 'small'), {});
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', small]);
    try {
      const source = write(join(machine.directory, 'source'), {
        first: 'fits',
        second: 'x'.repeat(3_000_000),
      });
      const mounts = [{ source: small, target: '/small', readOnly: false }];
      await expect(
        putArchive({ ...machine.subject, mounts }, tarOf(source, 'first', 'second'), { path: '/small' }),
      ).rejects.toThrow(/copy second to \/small: .*no space left on device/i);
      expect(readdirSync(small)).toEqual(['first']);
    } finally {
      execFileSync('umount', [small]);
    }
  });
});
