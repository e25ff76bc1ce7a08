import { assert, integer, property } from 'fast-check';
import { expect, test } from 'vitest';
import { tokenBucketFor } from '../../../src/engine/network/token-bucket.ts';

test('ten milliseconds may leave at once, a tenth of a second may wait', () => {
  expect(tokenBucketFor(1e9)).toEqual({
    bytesPerSecond: 125_000_000,
    burstBytes: 1_250_000,
    limitBytes: 13_750_000,
  });
});

test('whatever the rate, a full frame fits into the bucket and numbers into 32 bits', () => {
  assert(
    property(integer({ min: 8000, max: Number.MAX_SAFE_INTEGER }), (bits) => {
      const { bytesPerSecond, burstBytes, limitBytes } = tokenBucketFor(bits);
      expect(Math.abs(bytesPerSecond * 8 - bits)).toBeLessThanOrEqual(8);
      expect(burstBytes).toBeGreaterThan(1514);
      expect(limitBytes).toBeGreaterThan(burstBytes);
      expect(limitBytes).toBeLessThan(2 ** 32);
    }),
  );
});
