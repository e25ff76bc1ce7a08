import { execFileSync } from 'node:child_process';
import { assert, bigInt, integer, property, record, uint8Array } from 'fast-check';
import { expect, test } from 'vitest';
import {
  type TarMember,
  encodeMember,
  endOfArchive,
  padding,
} from '../../../../src/engine/containers/archive/tar-writer.ts';
import { type TarEntry, createTarParser } from '../../../../src/engine/storage/unpack/tar-parser.ts';

const plain: TarMember = {
  name: Buffer.from('file'),
  type: '0',
  mode: 0o4755,
  uid: 1000,
  gid: 100,
  size: 0,
  mtimeNanos: 1_700_000_000_000_000_000n,
  xattrs: new Map(),
};

function read(...parts: Buffer[]): TarEntry[] {
  const entries: TarEntry[] = [];
  const parser = createTarParser((entry) => {
    entries.push(entry);
    return undefined;
  });
  parser.write(Buffer.concat(parts));
  parser.end();
  return entries;
}

/** Bytes of a name: anything but zero and the slash. */
const nameBytes = uint8Array({ min: 1, max: 255, minLength: 1, maxLength: 300 }).map((bytes) =>
  Buffer.from(bytes.map((byte) => (byte === 0x2f ? 0x2e : byte))),
);

test('whatever is written is read again', () => {
  const members = record({
    name: nameBytes,
    mode: integer({ min: 0, max: 0o7777 }),
    uid: integer({ min: 0, max: 2 ** 32 - 2 }),
    gid: integer({ min: 0, max: 2 ** 32 - 2 }),
    mtimeNanos: bigInt({ min: -(2n ** 62n), max: 2n ** 62n }),
    value: uint8Array({ maxLength: 200 }),
  });
  assert(
    property(members, ({ value, ...fields }) => {
      const xattrs = new Map([['user.note', Buffer.from(value)]]);
      const [entry] = read(encodeMember({ ...plain, ...fields, xattrs }), endOfArchive());
      const { name, ...others } = fields;
      expect(entry).toMatchObject({ ...others, name: name.toString('latin1') });
      expect(entry?.xattrs.get('user.note')).toEqual(Buffer.from(value));
    }),
  );
});

test('a plain member is one block, and GNU tar agrees', () => {
  const data = Buffer.from('hello');
  const block = encodeMember({ ...plain, size: data.length });
  expect(block).toHaveLength(512);
  const link = encodeMember({
    ...plain,
    name: Buffer.from('link'),
    type: '2',
    linkname: Buffer.from('t'.repeat(150)),
  });
  const tar = Buffer.concat([block, data, padding(data.length), link, endOfArchive()]);
  const listed = execFileSync('tar', ['--numeric-owner', '-tvf', '-'], { input: tar, encoding: 'utf8' });
  expect(listed).toMatch(/^-rwsr-xr-x 1000\/100 +5 .* file\n/);
  expect(listed).toContain(`link -> ${'t'.repeat(150)}`);
});

test('more than 8 GiB has its size beside the header', () => {
  const block = encodeMember({ ...plain, size: 2 ** 34 });
  expect(block.includes('size=17179869184\n')).toBe(true);
});
