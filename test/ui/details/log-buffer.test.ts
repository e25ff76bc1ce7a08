import { expect, test } from 'vitest';
import { LogBuffer } from '../../../src/ui/details/log-buffer.ts';

test('joins lines that came in pieces, each stream for itself', () => {
  const buffer = new LogBuffer();
  buffer.write('stdout', 'one ');
  buffer.write('stderr', 'two\n');
  buffer.write('stdout', 'line\nrest');
  expect([buffer.at(0)?.text, buffer.at(1)?.text]).toEqual(['two', 'one line']);
  buffer.finish();
  expect(buffer.at(2)?.text).toBe('rest');
});

test('line numbers survive what falls out', () => {
  const buffer = new LogBuffer();
  for (let index = 0; index < 12_345; index++) buffer.write('stdout', `${index}\n`);
  expect(buffer.length).toBe(5000);
  expect(buffer.first).toBe(7345);
  expect(buffer.at(7345)?.text).toBe('7345');
  expect(buffer.at(12_344)?.text).toBe('12344');
  expect(buffer.at(7344)).toBeUndefined();
});

test('a line of any length costs a bounded amount, and says what is missing', () => {
  const buffer = new LogBuffer();
  for (let index = 0; index < 100; index++) buffer.write('stdout', 'y'.repeat(1000));
  buffer.write('stdout', '\n');
  expect(buffer.at(0)?.text).toMatch(/^y{16384} … 83616 more characters$/);
});

test('takes the engine’s time apart from the text', () => {
  const buffer = new LogBuffer();
  buffer.write('stdout', '2026-11-22T01:02:03.5Z 2026-01-01 is text\r\n');
  expect(buffer.at(0)).toMatchObject({ time: '2026-11-22T01:02:03.5Z', text: '2026-01-01 is text' });
});
