import { expect, test } from 'vitest';
import { deviceProgram } from '../../../src/engine/cgroups/device-program.ts';

const lines = (program: Buffer) => program.toString('hex').match(/.{16}/g) ?? [];

test('nothing allowed: load the context, answer no', () => {
  expect(lines(deviceProgram([]))).toEqual([
    '6112000000000000', // r2 = *(u32 *)(r1 + 0)
    '54020000ffff0000', // w2 &= 0xffff
    '6113000000000000', // r3 = *(u32 *)(r1 + 0)
    '7403000010000000', // w3 >>= 16
    '6114040000000000', // r4 = *(u32 *)(r1 + 4)
    '6115080000000000', // r5 = *(u32 *)(r1 + 8)
    'b400000000000000', // w0 = 0
    '9500000000000000', // exit
  ]);
});

test('a rule: every test that fails jumps past the answer', () => {
  expect(lines(deviceProgram([{ type: 'c', major: 1, minor: 3, access: 'rwm' }])).slice(6, -2)).toEqual([
    '5502040002000000', // if r2 != CHAR goto +4
    '5504030001000000', // if r4 != 1 goto +3
    '5505020003000000', // if r5 != 3 goto +2
    'b400000001000000', // w0 = 1
    '9500000000000000', // exit
  ]);
  expect(lines(deviceProgram([{ type: 'b', major: '*', minor: '*', access: 'm' }])).slice(6, -2)).toEqual([
    '5502050001000000', // if r2 != BLOCK goto +5
    'bc31000000000000', // w1 = w3
    '5401000001000000', // w1 &= MKNOD
    '5d31020000000000', // if r1 != r3 goto +2
    'b400000001000000',
    '9500000000000000',
  ]);
});
