import { expect, test } from 'vitest';
import { apparmorProfile, profileNames } from '../../../src/engine/security/apparmor.ts';

const loaded = 'docker-default (enforce)\n/usr/sbin/cups browsed (complain)\nlsb_release (enforce)\n';
const state = { enabled: true, profiles: () => profileNames(loaded) };

test('the profile that is asked for, or docker’s where it is loaded', () => {
  expect(apparmorProfile('mine', false, state)).toBe('mine');
  expect(apparmorProfile('unconfined', false, state)).toBe('unconfined');
  expect(apparmorProfile('', false, state)).toBe('docker-default');
  expect(apparmorProfile('', false, { ...state, profiles: () => new Set() })).toBeUndefined();
  expect(apparmorProfile('', true, state)).toBe('unconfined');
  expect(apparmorProfile('mine', true, state)).toBe('mine');
});

test('a kernel without AppArmor is not asked for anything', () => {
  expect(apparmorProfile('mine', false, { ...state, enabled: false })).toBeUndefined();
});

test('names may hold blanks', () => {
  expect(profileNames(loaded)).toContain('/usr/sbin/cups browsed');
});
