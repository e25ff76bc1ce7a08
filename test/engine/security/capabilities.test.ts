import { expect, test } from 'vitest';
import {
  CAPABILITIES,
  capabilityMasks,
  capabilityNames,
  checkCapabilities,
} from '../../../src/engine/security/capabilities.ts';
import { DEFAULT_CAPABILITIES } from '../../../src/engine/security/defaults.ts';

const ALL = (1n << 41n) - 1n;

test("Docker's 14 are the mask that `docker run` shows in /proc/self/status", () => {
  const { masks, names, warnings } = capabilityMasks({}, ALL);
  expect(masks).toEqual({
    bounding: 0xa80425fbn,
    effective: 0xa80425fbn,
    permitted: 0xa80425fbn,
    inheritable: 0n,
    ambient: 0n,
  });
  expect(names.toSorted()).toEqual([...DEFAULT_CAPABILITIES].toSorted());
  expect(warnings).toEqual([]);
});

test.each([
  [{ CapAdd: ['net_admin'] }, 0xa80425fbn | (1n << 12n)],
  [{ CapDrop: ['CAP_CHOWN', 'kill'] }, 0xa80425fbn & ~1n & ~(1n << 5n)],
  [{ CapDrop: ['ALL'] }, 0n],
  [{ CapDrop: ['all'], CapAdd: ['NET_BIND_SERVICE'] }, 1n << 10n],
  [{ CapAdd: ['ALL'] }, ALL],
  [{ CapAdd: ['ALL'], CapDrop: ['SYS_ADMIN'] }, ALL & ~(1n << 21n)],
  [{ Privileged: true, CapDrop: ['ALL'] }, ALL],
])('%j', (hostConfig, mask) => {
  expect(capabilityMasks(hostConfig, ALL).masks.bounding).toBe(mask);
});

test('a name that does not exist is refused at create', () => {
  expect(() => checkCapabilities({ CapAdd: ['FLY'] })).toThrow(
    'invalid CapAdd: unknown capability: "CAP_FLY"',
  );
  expect(() => checkCapabilities({ CapDrop: ['cap_fly'] })).toThrow('invalid CapDrop: unknown capability');
});

test('what this process lacks is left out, and told where it was asked for by name', () => {
  const available = ALL & ~(1n << 24n);
  expect(capabilityMasks({ CapAdd: ['ALL'] }, available)).toMatchObject({ warnings: [] });
  const { masks, warnings } = capabilityMasks({ CapAdd: ['SYS_RESOURCE'] }, available);
  expect(masks.bounding).toBe(0xa80425fbn);
  expect(warnings).toEqual([
    'capability CAP_SYS_RESOURCE cannot be granted: this process does not have it itself',
  ]);
});

test('the table is complete and in order', () => {
  expect(CAPABILITIES).toHaveLength(41);
  expect(CAPABILITIES.indexOf('CAP_SYS_ADMIN')).toBe(21);
  expect(CAPABILITIES.indexOf('CAP_CHECKPOINT_RESTORE')).toBe(40);
  expect(capabilityNames(1n << 27n)).toEqual(['CAP_MKNOD']);
});
