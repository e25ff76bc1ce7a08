import { writeSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext, runInThisContext } from 'node:vm';
import { expect, test } from 'vitest';
import { declare, declareBlocking } from '../../src/native/ffi.ts';
import { closeFd, pipe } from '../../src/native/syscalls.ts';

setFlagsFromString('--expose-gc');
setFlagsFromString('--allow-natives-syntax');
const collectGarbage = runInNewContext('gc') as () => void;
const prepareToOptimize = runInThisContext('(f) => %PrepareFunctionForOptimization(f)') as (
  f: unknown,
) => void;
const optimize = runInThisContext('(f) => %OptimizeFunctionOnNextCall(f)') as (f: unknown) => void;

const READ = { library: 'libc', name: 'read', params: ['i32', 'buffer', 'i64'], result: 'i64' } as const;
/** Memory of its own, which is unmapped when it is freed: read(2) would say EFAULT. */
const SIZE = 1 << 20;

test('a buffer that nobody else holds is kept while another thread is in the call, in optimized code too', async () => {
  const { readFd, writeFd } = pipe();
  const read = declareBlocking(READ);
  prepareToOptimize(read);
  for (let count = 0; count < 3; count += 1) {
    writeSync(writeFd, 'a');
    await read(readFd, Buffer.alloc(1), 1);
  }
  optimize(read);

  const freed: string[] = [];
  const registry = new FinalizationRegistry((name: string) => freed.push(name));
  // Not async: what waits in the interpreter keeps all that it ever had.
  const start = () => {
    const buffer = Buffer.alloc(SIZE);
    registry.register(buffer, 'while in the call');
    return read(readFd, buffer, SIZE);
  };
  const reading = start();
  for (let count = 0; count < 5; count += 1) {
    collectGarbage();
    await setTimeout(10);
  }
  expect(freed).toEqual([]);
  writeSync(writeFd, 'hello');
  expect(await reading).toMatchObject({ value: 5 });
  for (const fd of [readFd, writeFd]) closeFd(fd);
});

test('a small buffer stays where its address was taken: V8 moves those that it keeps in its own heap', () => {
  const copy = declare({
    library: 'libc',
    name: 'memcpy',
    params: ['buffer', 'buffer', 'i64'],
    result: 'pointer',
  });
  const small = Buffer.alloc(24);
  const addressOf = () => copy(small, Buffer.from('x'), 1).value;
  const before = addressOf();
  collectGarbage();
  collectGarbage();
  expect(addressOf()).toBe(before);
  expect(small.toString('utf8', 0, 1)).toBe('x');
});
