import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
// @ts-expect-error: the build's plugins are plain JavaScript
import { escaped } from '../../scripts/build/only-ascii.mjs';

test.each([`'grüße €'`, '`a ${"✓"} b`', `'😀'.length`, `/^[é-ü😀]+$/u.test('é😀')`, `({ größe: 1 }).größe`])(
  '%s means the same without anything but ASCII',
  (code) => {
    const ascii = escaped(code) as string;
    expect(ascii).toMatch(/^[\0-\x7f]*$/);
    expect(runInNewContext(ascii)).toBe(runInNewContext(code));
  },
);
