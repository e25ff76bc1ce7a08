import { expect } from 'vitest';
import { examine } from '../../../src/engine/doctor/doctor.ts';
import { leftovers, snapshot } from '../../support/leak-check.ts';
import { systemTest } from '../../support/requires.ts';

const options = { paths: { root: '/var/lib/gantry' }, shimPath: '/bin/true' };

systemTest(
  'root',
  'netns',
  'nft',
  'overlay',
)('this machine can run containers, and the doctor sees it', async () => {
  const findings = await examine(options);
  expect(findings.filter(({ state }) => state === 'missing')).toEqual([]);
  expect(findings.find(({ name }) => name === 'nftables NAT')?.detail).toMatch(/^works/);
});

systemTest(
  'root',
  'netns',
  'nft',
)('the doctor leaves the machine as it was', async () => {
  const before = snapshot();
  await examine(options);
  expect(await leftovers(before)).toEqual([]);
});
