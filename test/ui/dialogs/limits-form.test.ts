import { expect, test } from 'vitest';
import { FormError } from '../../../src/ui/dialogs/run-form.ts';
import { limitsForm, updateFrom, type LimitTexts } from '../../../src/ui/dialogs/limits-form.ts';

const MIB = 1024 * 1024;
const config = {
  Memory: 64 * MIB,
  NanoCpus: 1.5e9,
  PidsLimit: 50,
  CpusetCpus: '0',
  NetworkRate: { In: 1e7 },
};
const form = limitsForm({ id: 'abc', name: 'web' }, config);
const update = (texts: Partial<LimitTexts>) => updateFrom({ ...form, texts: { ...form.texts, ...texts } });

test('shows what the engine has, in the largest unit that says it exactly', () => {
  expect(form.texts).toEqual({
    memory: '64m',
    reservation: '',
    cpus: '1.5',
    shares: '',
    cpuset: '0',
    pids: '50',
    rateIn: '10mbit',
    rateOut: '',
  });
  expect(limitsForm({ id: '', name: '' }, {}).texts.memory).toBe('');
});

test('asks only for what was changed', () => {
  expect(update({})).toBeUndefined();
  expect(update({ memory: '1.5g', shares: '512' })).toEqual({ Memory: 1536 * MIB, CpuShares: 512 });
  expect(update({ rateIn: '1mbps', rateOut: '5mbit' })).toEqual({ NetworkRate: { In: 8e6, Out: 5e6 } });
});

test('what is emptied has no limit any more', () => {
  expect(update({ memory: '', cpus: ' ', pids: '', rateIn: '' })).toEqual({
    Memory: -1,
    CpuQuota: -1,
    PidsLimit: -1,
    NetworkRate: { In: 0 },
  });
});

test.each([
  [{ memory: 'lots' }, 'not a size: lots'],
  [{ cpus: 'x' }, 'not a number: x'],
  [{ shares: '1.5' }, 'not a whole number: 1.5'],
  [{ pids: 'x' }, 'not a whole number: x'],
  [{ cpuset: '' }, 'CPU set can be changed, not taken away'],
  [{ rateOut: 'fast' }, 'invalid rate "fast"'],
])('%j is refused', (texts, message) => {
  expect(() => update(texts)).toThrow(FormError);
  expect(() => update(texts)).toThrow(message);
});
