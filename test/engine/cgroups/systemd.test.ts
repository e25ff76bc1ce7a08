import { expect, test } from 'vitest';
import { slicePath, unitFor } from '../../../src/engine/cgroups/systemd.ts';

test.each([
  ['gantry.slice', '/gantry.slice'],
  ['a-b-c.slice', '/a.slice/a-b.slice/a-b-c.slice'],
  ['my_web:1.slice', '/my_web:1.slice'],
])('%s is at %s', (slice, path) => {
  expect(slicePath(slice)).toBe(path);
});

test.each([
  'a',
  '/a.slice',
  'a/b.slice',
  '.slice',
  '-.slice',
  'a-.slice',
  'a--b.slice',
  '../a.slice',
  'a b.slice',
  'a.scope',
])('%s is no slice', (slice) => {
  expect(() => slicePath(slice)).toThrow(
    'cgroup-parent for systemd cgroup should be a valid slice named as "xxx.slice"',
  );
});

test('an engine has a unit a slice, and says how its containers are stopped', () => {
  const own = { engineKey: '', stopCommand: ['gantry', 'stop'] };
  expect(unitFor('', own)).toEqual({
    name: 'gantry-containers.service',
    slice: 'gantry.slice',
    path: '/gantry.slice/gantry-containers.service',
    stopCommand: ['gantry', 'stop', ''],
  });
  expect(unitFor('a-b.slice', { ...own, engineKey: '1f' })).toEqual({
    name: 'gantry-containers-1f.a-b.service',
    slice: 'a-b.slice',
    path: '/a.slice/a-b.slice/gantry-containers-1f.a-b.service',
    stopCommand: ['gantry', 'stop', 'a-b.slice'],
  });
});
