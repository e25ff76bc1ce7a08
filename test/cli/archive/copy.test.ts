import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pack, type Header } from 'tar-stream';
import { beforeEach, afterEach, describe, expect, test } from 'vitest';
import { parseCopyArgument, planCopy, renameTop } from '../../../src/cli/archive/copy-names.ts';
import { packPath } from '../../../src/cli/archive/pack.ts';
import { unpackArchive } from '../../../src/cli/archive/unpack.ts';

let root = '';
beforeEach(() => (root = mkdtempSync(join(tmpdir(), 'gantry-cp-'))));
afterEach(() => rmSync(root, { recursive: true, force: true }));

type Entry = Partial<Header> & { name: string; content?: string };

function tar(...entries: Entry[]): NodeJS.ReadableStream {
  const archive = pack();
  for (const { content = '', ...header } of entries)
    archive.entry({ mtime: new Date(1e12), mode: 0o644, ...header }, content);
  archive.finalize();
  return Readable.from(archive);
}

const unpack = (topName: string, ...entries: Entry[]) =>
  unpackArchive(tar(...entries), { directory: root, topName, owners: false });

describe('where things go', () => {
  test.each([
    [
      ['/a/f', 'file'],
      ['/d', 'directory'],
      ['/d', 'f'],
    ],
    [
      ['/a/f', 'file'],
      ['/d/new', undefined],
      ['/d', 'new'],
    ],
    [
      ['/a/f', 'file'],
      ['/d/old', 'file'],
      ['/d', 'old'],
    ],
    [
      ['/a/s', 'directory'],
      ['/d', 'directory'],
      ['/d', 's'],
    ],
    [
      ['/a/s/', 'directory'],
      ['/d', 'directory'],
      ['/d', 's'],
    ],
    [
      ['/a/s/.', 'directory'],
      ['/d', 'directory'],
      ['/d', ''],
    ],
    [
      ['/a/s', 'directory'],
      ['/d/new', undefined],
      ['/d', 'new'],
    ],
    [
      ['/a/s/.', 'directory'],
      ['/d/new/', undefined],
      ['/d', 'new'],
    ],
    [
      ['f', 'file'],
      ['new', undefined],
      ['.', 'new'],
    ],
  ] as const)(
    '%j to %j is %j',
    ([source, sourceKind], [destination, destinationKind], [directory, topName]) => {
      expect(planCopy({ source, sourceKind, destination, destinationKind })).toEqual({ directory, topName });
    },
  );

  test('what Docker refuses', () => {
    expect(() =>
      planCopy({ source: '/s', sourceKind: 'directory', destination: '/f', destinationKind: 'file' }),
    ).toThrow('cannot copy a directory to a file');
    expect(() =>
      planCopy({ source: '/f', sourceKind: 'file', destination: '/d/', destinationKind: undefined }),
    ).toThrow('does not exist');
    expect(() =>
      planCopy({ source: '/f', sourceKind: 'file', destination: '/f/', destinationKind: 'file' }),
    ).toThrow('is not a directory');
  });

  test.each([
    ['web:/etc', { container: 'web', path: '/etc' }],
    ['web:etc', { container: 'web', path: 'etc' }],
    ['/a:b', { container: undefined, path: '/a:b' }],
    ['./a:b', { container: undefined, path: './a:b' }],
    ['-', { container: undefined, path: '-' }],
  ])('%s', (text, expected) => {
    expect(parseCopyArgument(text)).toEqual(expected);
  });

  test('the top of the archive is renamed or left out', () => {
    expect(renameTop('etc/', 'new')).toBe('new');
    expect(renameTop('etc/passwd', 'new')).toBe('new/passwd');
    expect(renameTop('etc/', '')).toBeUndefined();
    expect(renameTop('./etc/a/b', '')).toBe('a/b');
  });
});

test('files, modes, times and links arrive', async () => {
  const bytes = await unpack(
    'x',
    { name: 'top/', type: 'directory', mode: 0o700 },
    { name: 'top/f', content: 'hello', mode: 0o640 },
    { name: 'top/l', type: 'symlink', linkname: '/etc/passwd' },
    { name: 'top/h', type: 'link', linkname: 'top/f' },
  );
  expect(bytes).toBe(5);
  expect(readFileSync(join(root, 'x/h'), 'utf8')).toBe('hello');
  expect(readlinkSync(join(root, 'x/l'))).toBe('/etc/passwd');
  expect(lstatSync(join(root, 'x/f')).mode & 0o777).toBe(0o640);
  expect(lstatSync(join(root, 'x')).mode & 0o777).toBe(0o700);
  expect(lstatSync(join(root, 'x')).mtimeMs).toBe(1e12);
});

describe('an archive that means harm', () => {
  test('cannot climb out', async () => {
    await expect(unpack('x', { name: 'top/../../evil', content: 'x' })).rejects.toThrow(
      'leaves its directory',
    );
  });
  test('cannot write through a link that it brought', async () => {
    mkdirSync(join(root, 'outside'));
    await expect(
      unpack(
        'x',
        { name: 'top/', type: 'directory', mode: 0o755 },
        { name: 'top/l', type: 'symlink', linkname: join(root, 'outside') },
        { name: 'top/l/evil', content: 'x' },
      ),
    ).rejects.toThrow('refusing to write through');
    expect(readdirSync(join(root, 'outside'))).toEqual([]);
  });
  test('replaces a link at the end of a path instead of following it', async () => {
    writeFileSync(join(root, 'precious'), 'old');
    symlinkSync('precious', join(root, 'x'));
    await unpack('x', { name: 'f', content: 'new' });
    expect(readFileSync(join(root, 'precious'), 'utf8')).toBe('old');
    expect(readFileSync(join(root, 'x'), 'utf8')).toBe('new');
  });
  test('cannot link to a file outside', async () => {
    await expect(unpack('x', { name: 'top/h', type: 'link', linkname: '../../etc/passwd' })).rejects.toThrow(
      'leaves its directory',
    );
  });
  test('does not turn a directory into a file', async () => {
    mkdirSync(join(root, 'x'));
    await expect(unpack('x', { name: 'f', content: 'new' })).rejects.toThrow('cannot overwrite directory');
  });
  test('a truncated one is an error', async () => {
    const whole = Buffer.concat(await Readable.from(tar({ name: 'f', content: 'x'.repeat(5000) })).toArray());
    const half = Readable.from([whole.subarray(0, 2000)]);
    await expect(unpackArchive(half, { directory: root, topName: 'x', owners: false })).rejects.toThrow(
      'the archive ends within the file',
    );
  });
});

test('what was packed unpacks as it was', async () => {
  const source = join(root, 'source');
  mkdirSync(join(source, 'deep/er'), { recursive: true });
  writeFileSync(join(source, 'deep/er/file'), 'content');
  writeFileSync(join(source, 'empty'), '');
  symlinkSync('empty', join(source, 'link'));
  chmodSync(join(source, 'deep'), 0o750);
  const { stream, bytes } = packPath(source, { topName: 'named', followLink: false, owners: false });
  await unpackArchive(stream, { directory: root, topName: 'copy', owners: false });
  expect(await bytes).toBe(7);
  expect(readFileSync(join(root, 'copy/deep/er/file'), 'utf8')).toBe('content');
  expect(readlinkSync(join(root, 'copy/link'))).toBe('empty');
  expect(readFileSync(join(root, 'copy/empty'), 'utf8')).toBe('');
  expect(lstatSync(join(root, 'copy/deep')).mode & 0o777).toBe(0o750);
});

test('a source that is missing is an error of both ends', async () => {
  const { stream, bytes } = packPath(join(root, 'gone'), { topName: 'x', followLink: false, owners: false });
  await expect(unpackArchive(stream, { directory: root, topName: 'x', owners: false })).rejects.toThrow(
    'ENOENT',
  );
  await expect(bytes).rejects.toThrow('ENOENT');
});
