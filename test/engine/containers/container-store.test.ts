import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { ContainerRecord } from '../../../src/engine/containers/container.ts';
import { createContainerStore } from '../../../src/engine/containers/container-store.ts';
import { inTransaction, openDatabase } from '../../../src/engine/state/database.ts';
import { containerRecord } from '../../support/container-record.ts';
import { tempDirectory } from '../../support/temp-root.ts';

const CREATED = { status: 'created', exitCode: 0, error: '' } as const;

const record = (name: string): ContainerRecord =>
  containerRecord({ id: name, name, createdAt: `2026-01-01 ${name}`, imageId: 'sha256:0' });

function scene() {
  const stack = new DisposableStack();
  const file = join(stack.use(tempDirectory()).path, 'state.db');
  const open = () => {
    const database = openDatabase(file);
    stack.defer(() => database.close());
    return { database, store: createContainerStore(database) };
  };
  return { ours: open(), others: open(), [Symbol.dispose]: () => stack.dispose() };
}

const names = ({ store }: ReturnType<typeof scene>['ours']) => store.list().map((each) => each.record.name);

test('a list shows what this process and others have written since the last one', () => {
  using here = scene();
  const { ours, others } = here;
  expect(names(ours)).toEqual([]);
  others.store.insert(record('a'), CREATED, undefined);
  expect(names(ours)).toEqual(['a']);
  ours.store.insert(record('b'), CREATED, 'create');
  expect(names(ours)).toEqual(['b', 'a']);
  others.store.setIntent('b', undefined);
  expect(ours.store.list()[0]?.intent).toBeUndefined();
  ours.store.setState('b', CREATED, 'remove');
  expect(ours.store.list()[0]?.intent).toBe('remove');
  ours.store.replace({ ...record('b'), name: 'c' });
  expect(names(ours)).toEqual(['c', 'a']);
  others.store.delete('b');
  expect(names(ours)).toEqual(['a']);
  expect(names(others)).toEqual(['a']);
});

test('within a transaction, and after one that was taken back', () => {
  using here = scene();
  const { ours, others } = here;
  names(ours);
  others.store.insert(record('a'), CREATED, undefined);
  inTransaction(ours.database, () => expect(names(ours)).toEqual(['a']));
  const failing = () =>
    inTransaction(ours.database, () => {
      ours.store.delete('a');
      expect(names(ours)).toEqual([]);
      throw new Error('taken back');
    });
  expect(failing).toThrow('taken back');
  expect(names(ours)).toEqual(['a']);
});

test('while nothing is written records are not parsed again, and a list is the caller’s own', () => {
  using here = scene();
  const { store } = here.ours;
  store.insert(record('a'), CREATED, undefined);
  const first = store.list();
  expect(store.list()[0]).toBe(first[0]);
  first.pop();
  expect(names(here.ours)).toEqual(['a']);
});
