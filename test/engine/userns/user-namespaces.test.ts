import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { createUserNamespaces } from '../../../src/engine/userns/create-user-namespaces.ts';
import { modeFrom } from '../../../src/engine/userns/mode.ts';

const auto = (size: number) => ({ kind: 'auto', size }) as const;

function service(count = 300, caller = { uid: 1000, gid: 100 }) {
  const pool = { uids: [{ start: 1000, count }], gids: [{ start: 5000, count }], origin: 'the test' };
  return createUserNamespaces({
    database: new DatabaseSync(':memory:'),
    pool: () => pool,
    caller: () => caller,
  });
}

test('modes', () => {
  expect(modeFrom('')).toEqual({ kind: 'host' });
  expect(modeFrom('', 'auto')).toEqual(auto(65_536));
  expect(modeFrom('host', 'auto')).toEqual({ kind: 'host' });
  expect(modeFrom('auto:size=7')).toEqual(auto(7));
  expect(modeFrom('keep-id')).toEqual({ kind: 'keep-id' });
  expect(modeFrom('container:x')).toEqual({ kind: 'container', container: 'x' });
  expect(modeFrom('1:2:3')).toEqual({ kind: 'fixed', uid: 1, gid: 2, size: 3 });
  for (const text of ['auto:size=', 'auto:7', '1:2', 'private', '0:0:4294967296', 'auto:size=0'])
    expect(() => modeFrom(text), text).toThrow(`invalid USER mode "${text}"`);
});

test('a range that is shared is free when the last one has given it back', () => {
  const userns = service();
  userns.claim('owner', auto(100));
  userns.share('guest', 'owner');
  userns.share('guest', 'owner');
  userns.release('owner');
  expect(userns.claim('other', auto(100)).uids[0]?.outside).toBe(1100);
  expect(() => userns.share('late', 'owner')).toThrow('container owner is being removed');
  userns.release('guest');
  expect(userns.claim('next', auto(100)).uids[0]?.outside).toBe(1000);
});

test('a container keeps its range, another gets the next, and what was released is taken first', () => {
  const userns = service();
  const first = userns.claim('a', auto(100));
  expect(first).toEqual({
    uids: [{ inside: 0, outside: 1000, count: 100 }],
    gids: [{ inside: 0, outside: 5000, count: 100 }],
  });
  expect(userns.claim('b', auto(100)).uids[0]?.outside).toBe(1100);
  expect(userns.claim('a', auto(100))).toEqual(first);
  userns.release('a');
  userns.release('a');
  expect(userns.claim('c', auto(50)).uids[0]?.outside).toBe(1000);
});

test('ranges from the pool keep clear of one that somebody chose', () => {
  const userns = service();
  userns.claim('chosen', { kind: 'fixed', uid: 1050, gid: 9, size: 10 });
  expect(userns.claim('a', auto(100))).toEqual({
    uids: [{ inside: 0, outside: 1060, count: 100 }],
    gids: [{ inside: 0, outside: 5000, count: 100 }],
  });
});

test('no ids left: says whose, and which line helps', () => {
  const userns = service();
  userns.claim('a', auto(200));
  expect(() => userns.claim('b', auto(200))).toThrow(
    'no 200 free uids in a row are left for the container: the test has 300, of which 1 containers hold ranges; remove some, or add a line like gantry:1300:1048576 to /etc/subuid',
  );
});

test('keep-id: the caller stays who he is, whether or not his id lies in the range', () => {
  const inside = service(65_536, { uid: 3, gid: 70_000 }).claim('a', { kind: 'keep-id' });
  expect(inside.uids).toEqual([
    { inside: 0, outside: 1000, count: 3 },
    { inside: 3, outside: 3, count: 1 },
    { inside: 4, outside: 1004, count: 65_532 },
  ]);
  expect(inside.gids).toEqual([
    { inside: 0, outside: 5000, count: 65_536 },
    { inside: 70_000, outside: 70_000, count: 1 },
  ]);
  expect(() => service(65_536, { uid: 0, gid: 0 }).claim('a', { kind: 'keep-id' })).toThrow(
    /use --userns auto/,
  );
});
