import { expect, test } from 'vitest';
import { mergeRules, parseDeviceRule } from '../../../src/engine/cgroups/device-rules.ts';

test('rules as people write them', () => {
  expect(parseDeviceRule('c 10:229 rw')).toEqual([{ type: 'c', major: 10, minor: 229, access: 'rw' }]);
  expect(parseDeviceRule('a 7:* m').map(({ type }) => type)).toEqual(['c', 'b']);
  expect(() => parseDeviceRule('c 10:229')).toThrow("invalid device cgroup rule format: 'c 10:229'");
});

test('rules for one device become one, whatever is written twice', () => {
  const rules = ['c 10:229 r', 'b 10:229 w', 'c 10:229 wr', 'c 10:* m'].flatMap(parseDeviceRule);
  expect(mergeRules(rules).map(({ type, minor, access }) => `${type} ${minor} ${access}`)).toEqual([
    'c 229 rw',
    'b 229 w',
    'c * m',
  ]);
});
