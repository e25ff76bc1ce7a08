import { expect, test } from 'vitest';
import {
  convertCapability,
  withoutRootId,
  withRootId,
} from '../../../../src/engine/containers/archive/file-capabilities.ts';
import { fileCapability } from '../../../support/test-image.ts';

const MACHINES = fileCapability(13);
/** As the kernel shows it: revision 3, the flag for effective, and at the end who is root. */
const CONTAINERS = Buffer.from(MACHINES.toString('hex').replace(/^01000002/, '01000003') + 'a0860100', 'hex');

test('revision 2 is of the machine, revision 3 of the root with that id', () => {
  expect(withRootId(MACHINES, 100_000)).toEqual(CONTAINERS);
  expect(withoutRootId(CONTAINERS)).toEqual(MACHINES);
  expect(withoutRootId(MACHINES)).toEqual(MACHINES);
  expect(withRootId(CONTAINERS, 100_000)).toEqual(CONTAINERS);
});

test('what is none stays for the kernel to refuse; other attributes stay as they are', () => {
  const short = Buffer.from('short');
  expect(withRootId(short, 1)).toBe(short);
  expect(withoutRootId(short)).toBe(short);
  const xattrs = new Map([['user.x', Buffer.from('v')]]);
  expect(convertCapability(xattrs, withoutRootId)).toBe(xattrs);
  const both = new Map([...xattrs, ['security.capability', CONTAINERS] as const]);
  expect([...convertCapability(both, withoutRootId)]).toEqual([
    ['user.x', Buffer.from('v')],
    ['security.capability', MACHINES],
  ]);
});
