import { expect, test } from 'vitest';
import { bindIdmap } from '../../../../src/engine/containers/mounts/mount-owners.ts';

const uids = [
  { inside: 0, outside: 100_000, count: 1000 },
  { inside: 1000, outside: 1000, count: 1 },
];
const gids = [{ inside: 0, outside: 200_000, count: 65_536 }];
const behind = { userns: { maps: { uids, gids } } };
const at = { Destination: '/d' } as const;

test('what says nothing: volumes as in the container, binds as on the host', () => {
  expect(bindIdmap(behind, { ...at, Type: 'volume' })).toBe('container');
  expect(bindIdmap(behind, { ...at, Type: 'bind' })).toBe(undefined);
  expect(bindIdmap({}, { ...at, Type: 'volume' })).toBe(undefined);
});

test('the user: behind the wall by its map, else by that of all ids', () => {
  const mount = { ...at, Type: 'bind', ownership: { kind: 'user' } } as const;
  expect(bindIdmap(behind, mount)).toEqual({ uids, gids, ownedByUser: true });
  const all = [{ inside: 0, outside: 0, count: 0xffff_ffff }];
  expect(bindIdmap({}, mount)).toEqual({ uids: all, gids: all, ownedByUser: true });
});

test('maps: of the host, or with an @ of the container, cut where that ends', () => {
  const maps = (relative: boolean) => ({
    kind: 'maps' as const,
    uids: [{ disk: 0, shown: 990, count: 20, relative }],
    gids: [{ disk: 5, shown: 6, count: 7, relative: false }],
  });
  const mount = { ...at, Type: 'bind' } as const;
  expect(bindIdmap(behind, { ...mount, ownership: maps(false) })).toEqual({
    uids: [{ inside: 0, outside: 990, count: 20 }],
    gids: [{ inside: 5, outside: 6, count: 7 }],
    ownedByUser: false,
  });
  expect(bindIdmap(behind, { ...mount, ownership: maps(true) })).toMatchObject({
    uids: [
      { inside: 0, outside: 100_990, count: 10 },
      { inside: 10, outside: 1000, count: 1 },
    ],
  });
  expect(() => bindIdmap({}, { ...mount, ownership: maps(true) })).toThrow(/it has none \(--userns\)/);
  expect(() => bindIdmap({}, { ...mount, ownership: { kind: 'container' } })).toThrow(
    /invalid mode for \/d: idmap means/,
  );
});
