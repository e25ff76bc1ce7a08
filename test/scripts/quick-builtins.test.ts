import { runInNewContext } from 'node:vm';
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
// @ts-expect-error: the build's plugins are plain JavaScript
import { rewriteBuiltins } from '../../scripts/build/quick-builtins.mjs';

const rewrite = (code: string): string => rewriteBuiltins(code) as string;

test.each([
  ['named', `import { readFileSync as read } from 'node:fs'; result.value = read;`, readFileSync],
  ['default', `import fs from 'node:fs'; result.value = fs.readFileSync;`, readFileSync],
  ['namespace', `import * as fs from 'fs'; result.value = fs.readFileSync;`, readFileSync],
  ['lazy default', `import zlib from 'node:zlib'; result.value = zlib.gunzipSync;`, gunzipSync],
])('a %s import of a built-in module gives the same function', (_, code, expected) => {
  const rewritten = rewrite(code);
  expect(rewritten).not.toMatch(/\bimport\b/);
  const result: { value?: unknown } = {};
  runInNewContext(rewritten, { process, result });
  expect(result.value).toBe(expected);
});

test('a function of a dear module is looked up only when it is called', () => {
  expect(rewrite(`import { createHash } from 'node:crypto';`)).toBe(
    'const createHash = (...args) => process.getBuiltinModule("node:crypto").createHash(...args);',
  );
});

test('classes and constants of a dear module are taken at once, since they are no calls', () => {
  expect(rewrite(`import { Worker } from 'node:worker_threads';`)).toBe(
    'const Worker = process.getBuiltinModule("node:worker_threads").Worker;',
  );
});

test('other imports stay as they are', () => {
  const code = `import { z } from './chunk.js';`;
  expect(rewrite(code)).toBe(code);
});
