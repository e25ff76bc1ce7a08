import { readFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { runInNewContext } from 'node:vm';
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

test('a class of a dear module can be made, extended and asked for', () => {
  const rewritten = rewrite(`import { Socket } from 'node:net'; result.value = Socket;`);
  const result: { value?: typeof Socket } = {};
  runInNewContext(rewritten, { process, result, Reflect });
  const Lazy = result.value ?? Socket;
  class Child extends Lazy {}
  expect(Lazy).not.toBe(Socket);
  expect(new Lazy()).toBeInstanceOf(Socket);
  expect(new Child()).toBeInstanceOf(Child);
  expect(new Child()).toBeInstanceOf(Socket);
  expect(new Socket()).toBeInstanceOf(Lazy);
});

test('objects of a dear module are read when they are used', () => {
  const result: { value?: unknown } = {};
  runInNewContext(rewrite(`import { constants } from 'node:zlib'; result.value = constants.Z_BEST_SPEED;`), {
    process,
    result,
  });
  expect(result.value).toBe(1);
});

test('other imports stay as they are', () => {
  const code = `import { z } from './chunk.js';`;
  expect(rewrite(code)).toBe(code);
});
