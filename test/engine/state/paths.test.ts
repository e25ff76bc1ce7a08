import { mkdirSync, symlinkSync } from 'node:fs';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DEFAULT_ROOT, DEFAULT_RUN_ROOT, enginePaths } from '../../../src/engine/state/paths.ts';
import { tempDirectory, type TempDirectory } from '../../support/temp-root.ts';

let directory: TempDirectory;
beforeEach(() => {
  directory = tempDirectory();
});
afterEach(() => directory[Symbol.dispose]());

const at = (name: string): string => join(directory.path, name);

test('a root is the same however it is spelt', () => {
  mkdirSync(at('data'));
  symlinkSync('data', at('link'));
  const spelt = [at('data'), `${at('data')}/`, at('link'), `${at('link')}/.`, relative('.', at('data'))];
  expect(spelt.map((root) => enginePaths(root, at('run')).root)).toEqual(spelt.map(() => at('data')));
  // Not made yet, behind a link.
  expect(enginePaths(at('a'), at('link/deep/run')).runRoot).toBe(at('data/deep/run'));
});

test('the standard directories keep their names', () => {
  const { root, runRoot } = enginePaths(`${DEFAULT_ROOT}/`, `${DEFAULT_RUN_ROOT}/`);
  expect([root, runRoot]).toEqual([DEFAULT_ROOT, DEFAULT_RUN_ROOT]);
});

describe('what would be cleared away as a leftover of the other is refused', () => {
  test.each([
    ['x', 'x'],
    ['x', 'x/containers'],
    ['x', 'x/storage/deep'],
    ['x/containers', 'x'],
    ['x/locks/y', 'x'],
  ])('root %s, run root %s', (root, runRoot) => {
    expect(() => enginePaths(at(root), at(runRoot))).toThrow('must be directories of their own');
  });

  test.each([
    ['x', 'x/run'],
    ['x/lib', 'x'],
    ['containers/a', 'containers/b'],
  ])('root %s and run root %s are none', (root, runRoot) => {
    expect(enginePaths(at(root), at(runRoot))).toMatchObject({ root: at(root), runRoot: at(runRoot) });
  });
});
