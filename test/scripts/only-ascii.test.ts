import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import { build } from 'rolldown';
import { expect, test } from 'vitest';
import { tempDirectory } from '../support/temp-root.ts';
// @ts-expect-error: the build's plugins are plain JavaScript
import { commandLine } from '../../rolldown.config.mjs';
// @ts-expect-error: the same
import { escaped } from '../../scripts/build/only-ascii.mjs';

test.each([`'grüße €'`, '`a ${"✓"} b`', `'😀'.length`, `/^[é-ü😀]+$/u.test('é😀')`, `({ größe: 1 }).größe`])(
  '%s means the same without anything but ASCII',
  (code) => {
    const ascii = escaped(code) as string;
    expect(ascii).toMatch(/^[\0-\x7f]*$/);
    expect(runInNewContext(ascii)).toBe(runInNewContext(code));
  },
);

test('a bundle is of ASCII alone when the minifier has written it, too', async () => {
  using directory = tempDirectory();
  const input = join(directory.path, 'marks.js');
  writeFileSync(input, `globalThis.marks = { ok: '✓', µs: 1, 'two words…': /^µ$/u };`);
  const { output } = await build({ ...commandLine, input, write: false });
  expect(output.map((file) => ('code' in file ? file.code : ''))).toEqual([
    expect.stringMatching(/^[\0-\x7f]*$/),
  ]);
});
