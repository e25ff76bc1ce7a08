import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { parseElf } from '../../../src/engine/images/elf.ts';
import { readFileSync, realpathSync } from 'node:fs';
import { chainIdsFrom } from '../../../src/engine/images/chain-ids.ts';
import { parseImageConfig } from '../../../src/engine/images/image-config.ts';
import { createLimit } from '../../../src/engine/images/limit.ts';
import { hasLabel, untilSeconds } from '../../../src/engine/images/list.ts';
import { layerProgress, progressBar, progressStream } from '../../../src/engine/images/progress.ts';
import { EngineError } from '../../../src/engine/api/errors.ts';
import { text } from 'node:stream/consumers';

describe('progress', () => {
  test('draws docker’s bar', () => {
    expect(progressBar(0, 0)).toBe(`[>${' '.repeat(50)}]  0B/0B`);
    expect(progressBar(1_234_567, 2_469_134)).toBe(`[${'='.repeat(25)}>${' '.repeat(25)}]  1.235MB/2.469MB`);
    expect(progressBar(5, 5)).toBe(`[${'='.repeat(50)}>]  5B/5B`);
  });

  test('tells states always and bytes now and then', () => {
    const told: string[] = [];
    let now = 0;
    const progress = layerProgress(
      ({ id, status, progressDetail: { current = '' } = {} }) => told.push(`${id} ${status} ${current}`),
      `sha256:${'ab'.repeat(32)}`,
      () => now,
    );
    for (let bytes = 0; bytes < 150; bytes += 1) {
      now = bytes;
      progress.advance('Downloading', bytes, 1000);
    }
    progress.status('Download complete');
    expect(told).toEqual([
      'abababababab Downloading 0',
      'abababababab Downloading 100',
      'abababababab Download complete ',
    ]);
  });

  test('as a stream: a line a message, an error as the last line', async () => {
    const stream = progressStream((report) => {
      report({ status: 'one' });
      return Promise.reject(new EngineError('not-found', 'gone'));
    });
    expect(await text(stream)).toBe(
      '{"status":"one"}\r\n{"errorDetail":{"message":"gone"},"error":"gone"}\r\n',
    );
  });

  test('as a stream: destroying it gives up', async () => {
    let given: AbortSignal | undefined;
    const stream = progressStream((_, signal) => {
      given = signal;
      return new Promise(() => undefined);
    });
    stream.destroy();
    await new Promise((resolve) => stream.once('close', resolve));
    expect(given?.aborted).toBe(true);
  });
});

test('at most so many at a time, in order, and errors free the place', async () => {
  const limit = createLimit(2);
  let running = 0;
  let most = 0;
  const order: number[] = [];
  const results = await Promise.allSettled(
    [0, 1, 2, 3, 4].map((index) =>
      limit(async () => {
        running += 1;
        most = Math.max(most, running);
        order.push(index);
        await new Promise((resolve) => setImmediate(resolve));
        running -= 1;
        if (index === 1) throw new Error('one fails');
      }),
    ),
  );
  expect(most).toBe(2);
  expect(order).toEqual([0, 1, 2, 3, 4]);
  expect(results.filter(({ status }) => status === 'rejected')).toHaveLength(1);
});

test('chainIDs are digests over the digests below', () => {
  const [a, b] = [`sha256:${'a'.repeat(64)}`, `sha256:${'b'.repeat(64)}`];
  const second = `sha256:${createHash('sha256').update(`${a} ${b}`).digest('hex')}`;
  expect(chainIdsFrom([a, b])).toEqual([a, second]);
  expect(chainIdsFrom([])).toEqual([]);
});

test('a config with Docker’s nulls, and one that is none', () => {
  const config = {
    architecture: 'amd64',
    os: 'linux',
    config: { Cmd: null, Env: null, Volumes: null },
    rootfs: { diff_ids: null },
  };
  expect(parseImageConfig(Buffer.from(JSON.stringify(config))).config?.Cmd).toBeNull();
  expect(() => parseImageConfig(Buffer.from('{"os":"linux"}'))).toThrow('the image config is not valid');
});

test('labels and times of filters', () => {
  expect(hasLabel({ a: 'b=c' }, 'a=b=c')).toBe(true);
  expect([hasLabel({ a: '' }, 'a'), hasLabel({ a: '' }, 'b'), hasLabel({ a: '1' }, 'a=2')]).toEqual([
    true,
    false,
    false,
  ]);
  expect(untilSeconds('1700000000')).toBe(1_700_000_000);
  expect(untilSeconds('2023-11-14T22:13:20Z')).toBe(1_700_000_000);
  expect(Date.now() / 1000 - untilSeconds('1h30m')).toBeCloseTo(5400, 0);
  expect(() => untilSeconds('soon')).toThrow("invalid filter 'until=soon'");
});

test('a program tells its loader and libraries', () => {
  const needs = parseElf(readFileSync(realpathSync(process.execPath)));
  expect(needs?.interpreter).toMatch(/^\/lib.*ld-linux/);
  expect(needs?.libraries).toContain('libc.so.6');
  expect(parseElf(Buffer.from('#!/bin/sh\n'))).toBeUndefined();
});
