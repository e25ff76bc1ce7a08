import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { textOf } from '../../../../src/engine/storage/unpack/tar-header.ts';
import { type TarEntry, createTarParser } from '../../../../src/engine/storage/unpack/tar-parser.ts';
import { file, headerBlock, padded, paxHeader } from '../../../support/tar-bytes.ts';
import { tempDirectory } from '../../../support/temp-root.ts';
import { layerTar } from '../../../support/test-image.ts';

interface Parsed extends TarEntry {
  readonly content: Buffer;
}

/** @param step how many bytes arrive at once */
function parse(tar: Buffer, step = tar.length): Parsed[] {
  const entries: Parsed[] = [];
  const parser = createTarParser((entry) => {
    const content = Buffer.alloc(entry.realSize);
    entries.push({ ...entry, content });
    return { write: (bytes, offset) => void bytes.copy(content, offset), end: () => undefined };
  });
  for (let at = 0; at < tar.length; at += step) parser.write(tar.subarray(at, at + step));
  parser.end();
  return entries;
}

const contents = (tar: Buffer) => parse(tar).map(({ name, content }) => [textOf(name), content.toString()]);

describe('tar parser', () => {
  test('takes apart what another writer made, however the bytes arrive', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            name: fc.stringMatching(/^[a-zé/]{1,180}[a-z]$/u),
            content: fc.string({ maxLength: 1500 }),
          }),
          { maxLength: 5 },
        ),
        fc.integer({ min: 1, max: 2000 }),
        async (files, step) => {
          const wanted = files.map(({ name, content }) => ({ name: name.replace(/^\/+/, 'r'), content }));
          const parsed = parse(await layerTar(wanted), step);
          expect(
            parsed.map(({ name, content }) => ({ name: textOf(name), content: content.toString() })),
          ).toEqual(wanted);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('reads every sparse format of GNU tar', () => {
    using directory = tempDirectory();
    const path = join(directory.path, 'sparse');
    execFileSync(
      'sh',
      [
        '-c',
        'truncate -s 3M sparse; for i in 0 1 2 3 4 5 6 7 8 9; do printf "run$i" | dd of=sparse bs=1 seek=$((i * 300000)) conv=notrunc status=none; done; cp --sparse=always sparse again',
      ],
      { cwd: directory.path },
    );
    const original = readFileSync(path);
    const formats = [
      ['--format=gnu'],
      ['--format=posix', '--sparse-version=0.0'],
      ['--format=posix', '--sparse-version=0.1'],
      ['--format=posix', '--sparse-version=1.0'],
    ];
    for (const format of formats) {
      const tar = execFileSync('tar', ['-S', ...format, '-cf', '-', 'sparse', 'again'], {
        cwd: directory.path,
        maxBuffer: 64 << 20,
      });
      expect(tar.length).toBeLessThan(1 << 20);
      const parsed = parse(tar, 700);
      expect(parsed.map(({ name, realSize }) => [name, realSize])).toEqual([
        ['sparse', 3 << 20],
        ['again', 3 << 20],
      ]);
      expect(parsed.every(({ content }) => content.equals(original))).toBe(true);
    }
  });

  test('long names and links of GNU tar', () => {
    using directory = tempDirectory();
    const long = `${'d'.repeat(120)}/${'f'.repeat(150)}`;
    execFileSync(
      'sh',
      ['-c', `mkdir ${'d'.repeat(120)}; echo x >${long}; ln -s ${long} link; ln ${long} hard`],
      { cwd: directory.path },
    );
    for (const format of ['gnu', 'posix']) {
      const tar = execFileSync('tar', [`--format=${format}`, '-cf', '-', long, 'link', 'hard'], {
        cwd: directory.path,
      });
      expect(
        parse(tar).map(({ name, linkname, type, realSize }) => [type, name, linkname, realSize]),
      ).toEqual([
        ['0', long, '', 2],
        ['2', 'link', long, 0],
        ['1', 'hard', long, 0],
      ]);
    }
  });

  test('extended headers: attributes as bytes, times to the nanosecond, ids and sizes beyond octal', () => {
    const value = Buffer.from([0, 0x80, 0xff, 0x0a]);
    const pax = paxHeader([
      ['SCHILY.xattr.security.capability', value],
      ['mtime', '1700000000.123456789'],
      ['uid', '5000000'],
      ['path', 'größe'],
    ]);
    const [entry, next] = parse(Buffer.concat([pax, file('short', 'abc'), file('other', '')]));
    expect(entry?.xattrs.get('security.capability')).toEqual(value);
    expect([entry?.mtimeNanos, entry?.uid, textOf(entry?.name ?? '')]).toEqual([
      1_700_000_000_123_456_789n,
      5_000_000,
      'größe',
    ]);
    expect([next?.name, next?.uid, next?.xattrs.size]).toEqual(['other', 0, 0]);
  });

  test('numbers in base 256, negative times, names that are no UTF-8', () => {
    const patch = (block: Buffer) => {
      block.fill(0xff, 136, 148);
      block.fill(0, 108, 116);
      block[108] = 0x80;
      block.writeUInt32BE(3_000_000_000, 112);
    };
    const [entry] = parse(headerBlock({ name: 'n\u00ff', type: '0', size: 0, patch }));
    expect([entry?.mtimeNanos, entry?.uid, entry?.name]).toEqual([-1_000_000_000n, 3_000_000_000, 'n\u00ff']);
  });

  test('a global header names nobody, and a directory may be told by its slash alone', () => {
    const global = file('pax_global_header', '52 comment=0123456789012345678901234567890123456789\n', 'g');
    const entries = parse(
      Buffer.concat([global, headerBlock({ name: 'old/', type: '\0', size: 0, magic: '' })]),
    );
    expect(entries.map(({ name, type }) => [name, type])).toEqual([['old/', '5']]);
  });

  test('ends where the archive ends, and not before', () => {
    const whole = Buffer.concat([
      file('a', 'data'),
      Buffer.alloc(1024),
      Buffer.from('garbage after the end'),
    ]);
    expect(contents(whole)).toEqual([['a', 'data']]);
    expect(contents(file('a', 'data'))).toEqual([['a', 'data']]);
    expect(contents(Buffer.alloc(0))).toEqual([]);
    for (const length of [100, 512, 514, 900])
      expect(() => parse(file('a', 'data').subarray(0, length)), `${length} bytes`).toThrow('unexpected EOF');
  });

  test.each([
    ['a wrong checksum', Buffer.concat([Buffer.from('x'), file('a', '').subarray(1)]), 'invalid tar header'],
    [
      'a size that is not a number',
      headerBlock({ name: 'a', type: '0', size: 0, patch: (b) => void b.write('9zz', 124) }),
      'not octal',
    ],
    [
      'a negative size',
      headerBlock({ name: 'a', type: '0', size: 0, patch: (b) => void b.fill(0xff, 124, 136) }),
      'negative',
    ],
    ['a huge extended header', headerBlock({ name: 'a', type: 'x', size: 1 << 30 }), 'too large'],
    [
      'an extended header that lies about its length',
      file('p', '99 path=x\n', 'x'),
      'invalid extended header',
    ],
    [
      'a sparse map that points outside',
      Buffer.concat([
        paxHeader([
          ['GNU.sparse.size', '10'],
          ['GNU.sparse.map', '8,5'],
        ]),
        file('a', '12345'),
      ]),
      'invalid sparse map',
    ],
    [
      'a sparse map that goes backwards',
      Buffer.concat([
        paxHeader([
          ['GNU.sparse.size', '90'],
          ['GNU.sparse.map', '8,2,0,3'],
        ]),
        file('a', '12345'),
      ]),
      'invalid sparse map',
    ],
    [
      'a sparse map longer than its data',
      Buffer.concat([
        paxHeader([
          ['GNU.sparse.major', '1'],
          ['GNU.sparse.realsize', '9'],
        ]),
        headerBlock({ name: 'a', type: '0', size: 512 }),
        padded(Buffer.from('100\n1\n')),
      ]),
      'invalid sparse map|unexpected EOF',
    ],
  ])('refuses %s', (_, tar, message) => {
    expect(() => parse(tar)).toThrow(new RegExp(message));
  });

  test('never loops or crashes on noise', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 3000 }), (noise) => {
        const tar = Buffer.concat([file('a', 'data'), Buffer.from(noise)]);
        try {
          parse(tar);
        } catch (error) {
          expect(error).toHaveProperty('name', 'TarFormatError');
        }
      }),
    );
  });
});
