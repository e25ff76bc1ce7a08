import { expect, test } from 'vitest';
import type { MountEntry } from '../../../../src/native/mountinfo.ts';
import { ShimError } from '../../../../src/native/shim/shim-error.ts';
import type { ContainerMount } from '../../../../src/engine/containers/container.ts';
import {
  additionFailure,
  assertKernelCan,
  assertMayUnmount,
  mountToRemove,
  removalFailure,
} from '../../../../src/engine/containers/mounts/mount-rules.ts';
import { bindMount, containerRecord } from '../../../support/container-record.ts';

const mount = (Destination: string): ContainerMount => bindMount(Destination, { Source: '/src' });
const record = containerRecord({ id: 'abc', mounts: ['/a', '/a/b', '/dev/shm'].map(mount) });
const entry = (target: string): MountEntry => ({
  id: 7,
  parent: 1,
  device: '8:1',
  root: '/',
  target,
  options: [],
  propagation: [],
  type: 'ext4',
  source: '/dev/x',
  superOptions: [],
});

test('a kernel that lacks the calls is told by their names', () => {
  expect(() => assertKernelCan((name) => name === 'openat2')).toThrow(/it lacks open_tree, move_mount/);
  expect(() => assertKernelCan(() => true)).not.toThrow();
});

test('only what was mounted for the container goes, from the top', () => {
  expect(mountToRemove(record, '/a/b/').Destination).toBe('/a/b');
  expect(() => mountToRemove(record, '/a')).toThrow(/\/a\/b is mounted in it/);
  expect(() => mountToRemove(record, '/dev/shm')).toThrow(/part of every container/);
  expect(() => mountToRemove(record, '/proc/../proc/sys')).toThrow(/part of every container/);
  expect(() => mountToRemove(record, '/c')).toThrow(/container web has no mount at \/c/);
});

test('what stands there must be what the record says, and not of the kernel', () => {
  const all = [entry('/a'), { ...entry('/a/sub'), id: 8, parent: 7 }];
  const ours = { entry: entry('/a'), all: [entry('/a')], isOurs: true };
  expect(() => assertMayUnmount(ours, mount('/a'), false)).not.toThrow();
  expect(() => assertMayUnmount({ ...ours, isOurs: false }, mount('/a'), true)).toThrow(/something else/);
  expect(() => assertMayUnmount({ ...ours, entry: entry('/proc/acpi') }, mount('/a'), true)).toThrow(
    /\/proc\/acpi/,
  );
  expect(() => assertMayUnmount({ ...ours, all }, mount('/a'), false)).toThrow(/\/a\/sub is mounted in it/);
  expect(() => assertMayUnmount({ ...ours, all }, mount('/a'), true)).not.toThrow();
});

test.each([
  { errno: 16, added: /mounted there already/, removed: /it is busy.*--force/ },
  { errno: 1, added: /kernel's own file systems/, removed: /umount \/x: operation not permitted/ },
  { errno: 20, added: /not a directory/, removed: /ENOTDIR/ },
  { errno: 3, added: /not running/, removed: /not running/ },
  { errno: 116, added: /ESTALE/, removed: /changed it meanwhile/ },
])('errno $errno in words', ({ errno, added, removed }) => {
  const failed = new ShimError({ stage: 'mounts', operation: 'umount', errno, detail: '/x' });
  expect(String(additionFailure(failed, record, '/x'))).toMatch(added);
  expect(String(removalFailure(failed, record, mount('/x')))).toMatch(removed);
});

test('what is no failure of the shim stays what it is', () => {
  const error = new Error('disk full');
  expect(additionFailure(error, record, '/x')).toBe(error);
  expect(removalFailure(error, record, mount('/x'))).toBe(error);
});
