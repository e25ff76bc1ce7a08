import { expect, test } from 'vitest';
import { keepExits } from '../../../src/engine/containers/kept-exits.ts';

const exit = (exitCode: number) => Promise.resolve({ exitCode, signal: 0 });
const settled = () => new Promise((resolve) => setImmediate(resolve));

test('keeps all that run and the last ones that have ended', async () => {
  const exits = keepExits(2);
  const running = new Promise<never>(() => undefined);
  exits.set('running', running);
  for (const id of ['a', 'b', 'c']) exits.set(id, exit(3));
  await settled();
  expect(exits.get('running')).toBe(running);
  expect(exits.get('a')).toBeUndefined();
  await expect(exits.get('c')).resolves.toMatchObject({ exitCode: 3 });
});

test('a container that was started again is not forgotten with its former end', async () => {
  const exits = keepExits(1);
  exits.set('a', exit(1));
  await settled();
  exits.delete('a');
  exits.set('a', new Promise(() => undefined));
  exits.set('b', exit(1));
  await settled();
  expect(exits.get('a')).toBeDefined();
});

test('an end that failed is an end', async () => {
  const exits = keepExits(0);
  exits.set('a', Promise.reject(new Error('the monitor is gone')));
  await settled();
  expect(exits.get('a')).toBeUndefined();
});
