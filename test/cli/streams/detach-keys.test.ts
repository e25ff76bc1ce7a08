import { expect, test } from 'vitest';
import { createDetachScanner, parseDetachKeys } from '../../../src/cli/streams/detach-keys.ts';

test.each([
  ['ctrl-p,ctrl-q', [16, 17]],
  ['a', [97]],
  ['ctrl-@', [0]],
  ['ctrl-[,x', [27, 120]],
  ['ctrl-_', [31]],
])('%s', (text, keys) => {
  expect(parseDetachKeys(text)).toEqual(keys);
});

test.each(['ctrl-', 'ctrl-1', 'shift-a', ''])('%j is refused', (text) => {
  expect(() => parseDetachKeys(text)).toThrow(`invalid detach keys (${text}): Unknown character`);
});

function feed(...chunks: string[]): { forward: string; detached: boolean } {
  const scan = createDetachScanner([16, 17]);
  let forward = '';
  for (const chunk of chunks) {
    const result = scan(Buffer.from(chunk));
    forward += Buffer.from(result.forward).toString();
    if (result.detached) return { forward, detached: true };
  }
  return { forward, detached: false };
}

test.each([
  [['abc'], { forward: 'abc', detached: false }],
  [['ab\u0010\u0011cd'], { forward: 'ab', detached: true }],
  [['a\u0010', '\u0011'], { forward: 'a', detached: true }],
  [['\u0010', 'x'], { forward: '\u0010x', detached: false }],
  [['\u0010\u0010', '\u0011'], { forward: '\u0010', detached: true }],
  [['\u0011\u0010'], { forward: '\u0011', detached: false }],
])('%j', (chunks, expected) => {
  expect(feed(...chunks)).toEqual(expected);
});
