import { readFileSync, renameSync } from 'node:fs';
import { expect, test } from 'vitest';
import { EngineError, errorMessage } from '../../../src/engine/api/errors.ts';

function thrownBy(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

test("Node's own errors read as the kernel's do elsewhere: what was tried, on what, what was said", () => {
  expect(errorMessage(thrownBy(() => readFileSync('/no/such')))).toBe(
    'open /no/such: no such file or directory',
  );
  expect(errorMessage(thrownBy(() => renameSync('/no/a', '/no/b')))).toBe(
    'rename /no/a /no/b: no such file or directory',
  );
});

test('what we say ourselves stays as it is', () => {
  expect(errorMessage(new EngineError('conflict', "EX: no, open 'x'"))).toBe("EX: no, open 'x'");
  expect(errorMessage(new Error("ENOENT: no such thing, open '/x'"))).toBe(
    "ENOENT: no such thing, open '/x'",
  );
  expect(errorMessage('a word')).toBe('a word');
});
