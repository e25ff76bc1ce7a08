import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { resolveSubpath } from '../../../src/engine/volumes/subpath.ts';
import { tempDirectory } from '../../support/temp-root.ts';

test('a subpath stays in its volume, whatever links a container put there', () => {
  using directory = tempDirectory();
  const volume = join(directory.path, 'data');
  mkdirSync(join(volume, 'a/b'), { recursive: true });
  mkdirSync(join(directory.path, 'data-of-another'));
  symlinkSync('a/b', join(volume, 'inside'));
  symlinkSync('/etc', join(volume, 'outside'));
  symlinkSync('../data-of-another', join(volume, 'beside'));
  symlinkSync('loop', join(volume, 'loop'));

  expect(resolveSubpath(volume, '')).toBe(volume);
  expect(resolveSubpath(volume, 'a/b')).toBe(join(volume, 'a/b'));
  expect(resolveSubpath(volume, 'inside')).toBe(join(volume, 'a/b'));
  expect(() => resolveSubpath(volume, 'outside')).toThrow('it leads out of the volume');
  expect(() => resolveSubpath(volume, 'beside')).toThrow('it leads out of the volume');
  expect(() => resolveSubpath(volume, 'loop')).toThrow('no such file or directory');
  expect(() => resolveSubpath(volume, 'missing')).toThrow(`cannot access path ${join(volume, 'missing')}`);
});
