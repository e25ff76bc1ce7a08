import { expect, test } from 'vitest';
import { graphRows, rateAxis } from '../../../src/ui/details/graph.ts';

const braille = { width: 4, height: 2, max: 8, style: 'braille' } as const;

test('the newest sample stands at the right edge, two samples a cell', () => {
  expect(graphRows([8, 8], braille)).toEqual(['   ⣿', '   ⣿']);
  expect(graphRows([8], braille)).toEqual(['   ⢸', '   ⢸']);
});

test('the axis is fixed: small values stay small', () => {
  expect(graphRows([0.1, 4], braille)).toEqual(['    ', '   ⣸']);
});

test('a sample that exists draws its base line, a missing one nothing', () => {
  expect(graphRows([0, 0], braille)).toEqual(['    ', '   ⣀']);
});

test('what is above the axis is cut at the top', () => {
  expect(graphRows([99, 99], braille)).toEqual(['   ⣿', '   ⣿']);
});

test('the lower half of a pair hangs from its top', () => {
  expect(graphRows([2, 2], { ...braille, hanging: true })).toEqual(['   ⠛', '    ']);
});

test('blocks and ASCII have the same shape', () => {
  expect(graphRows([4, 8], { ...braille, style: 'block' })).toEqual(['   █', '  ██']);
  expect(graphRows([4, 8], { ...braille, style: 'ascii' })).toEqual(['   :', '  ::']);
});

test('rate axes end at calm numbers', () => {
  expect([0, 10_240, 10_241, 60_000, 3_000_000].map(rateAxis)).toEqual([
    10_240, 10_240, 20_480, 102_400, 5_120_000,
  ]);
});
