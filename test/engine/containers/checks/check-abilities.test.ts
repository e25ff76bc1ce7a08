import { expect, test } from 'vitest';
import { abilityWarnings, hardLimit } from '../../../../src/engine/containers/checks/check-abilities.ts';

const limits = `Limit                     Soft Limit           Hard Limit           Units
Max cpu time              unlimited            unlimited            seconds
Max open files            1024                 4096                 files
`;
const own = (mayRaise: boolean) => () => ({
  mayRaise,
  oomScore: 100,
  openFiles: 1_000_000,
  hard: (name: string) => hardLimit(limits, name === 'nofile' ? 'Max open files' : 'Max cpu time'),
});
const asked = {
  OomScoreAdj: 50,
  Ulimits: [
    { Name: 'nofile', Soft: 10, Hard: 5000 },
    { Name: 'cpu', Soft: -1, Hard: -1 },
  ],
};

test('what cannot be raised is told', () => {
  expect(abilityWarnings(asked, own(false))).toEqual([
    'oom score adj 50 cannot be given without CAP_SYS_RESOURCE: it is 100 instead',
    'ulimit nofile of 5000 cannot be given without CAP_SYS_RESOURCE: it is 4096 instead',
  ]);
});

test('with the capability, within the limits or without a wish there is nothing to tell', () => {
  expect(abilityWarnings(asked, own(true))).toEqual([]);
  expect(
    abilityWarnings({ OomScoreAdj: 100, Ulimits: [{ Name: 'nofile', Hard: 4096 }] }, own(false)),
  ).toEqual([]);
  expect(abilityWarnings({}, own(false))).toEqual([]);
});

test('more open files than the kernel gives anybody', () => {
  const nofile = (Hard: number) =>
    abilityWarnings({ Ulimits: [{ Name: 'nofile', Soft: 10, Hard }] }, own(true));
  expect(nofile(1_000_000)).toEqual([]);
  for (const asked of [1_000_001, -1])
    expect(nofile(asked)).toEqual([
      `ulimit nofile of ${asked} is more than fs.nr_open (1000000): it is 4096 instead`,
    ]);
});
