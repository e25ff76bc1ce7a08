import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { BUILT_IN, firstFree, poolFrom } from '../../../src/engine/userns/id-pool.ts';

const none = { configured: undefined, subuid: '', subgid: '', root: '/var/lib/gantry' };

test('gantry comes before containers, and containers before root; others do not count', () => {
  const text = 'ada:100000:65536\nroot:1:2\ncontainers:300000:10\n  gantry:500000:20\ngantry:600000:30\n';
  expect(poolFrom({ ...none, subuid: text, subgid: text }).uids).toEqual([
    { start: 500_000, count: 20 },
    { start: 600_000, count: 30 },
  ]);
  const withoutGids = poolFrom({ ...none, subuid: text, subgid: 'root:7:8\ngantry:bad:1\n' });
  expect(withoutGids).toEqual({
    uids: [{ start: 1, count: 2 }],
    gids: [{ start: 7, count: 8 }],
    origin: '/etc/subuid and /etc/subgid of root',
  });
});

test('a configured pool comes before all, and must be one', () => {
  expect(poolFrom({ ...none, configured: '5:10', subuid: 'gantry:1:2', subgid: 'gantry:1:2' }).gids).toEqual([
    { start: 5, count: 10 },
  ]);
  for (const configured of ['5', '5:0', 'x:1', '4294967290:10'])
    expect(() => poolFrom({ ...none, configured }), configured).toThrow(/GANTRY_USERNS_POOL/);
});

test('the built-in pool is whole, whatever place an engine begins at', () => {
  fc.assert(
    fc.property(fc.string(), (root) => {
      const { uids } = poolFrom({ ...none, root });
      expect(uids.reduce((sum, { count }) => sum + count, 0)).toBe(BUILT_IN.count);
      for (const { start, count } of uids) {
        expect((start - BUILT_IN.start) % 65_536).toBe(0);
        expect(start).toBeGreaterThanOrEqual(BUILT_IN.start);
        expect(start + count).toBeLessThanOrEqual(BUILT_IN.start + BUILT_IN.count);
        expect(start + count).toBeLessThan(2 ** 31);
      }
    }),
  );
});

const run = fc.record({ start: fc.nat(300), count: fc.integer({ min: 1, max: 100 }) });
const runs = fc.array(run, { maxLength: 5 });

test('what is free touches nothing that is taken and lies in the pool; nothing is only said where there is none', () => {
  fc.assert(
    fc.property(runs, runs, fc.integer({ min: 1, max: 60 }), (pool, taken, size) => {
      const isFree = (at: number): boolean =>
        pool.some(({ start, count }) => at >= start && at + size <= start + count) &&
        taken.every(({ start, count }) => at + size <= start || at >= start + count);
      const found = firstFree(pool, taken, size);
      if (found !== undefined) expect(isFree(found)).toBe(true);
      else expect(Array.from({ length: 500 }, (_, at) => at).filter(isFree)).toEqual([]);
    }),
  );
});
