import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createFrameDecoder } from '../../../../src/engine/api/stream-frames.ts';
import { selectionFrom, sortableTime } from '../../../../src/engine/containers/logs/log-selection.ts';
import { openLog } from '../../../../src/engine/containers/logs/log-reader.ts';
import { followLogs, readLogs } from '../../../../src/engine/containers/logs/logs.ts';

let directory: string;
let path: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'gantry-logs-'));
  path = join(directory, 'log');
});
afterEach(() => rmSync(directory, { recursive: true }));

const second = (number: number): string => new Date(Date.UTC(2026, 0, 1) + number * 1000).toISOString();

function line(text: string, options: { stream?: string; at?: number } = {}): string {
  return `${JSON.stringify({ log: text, stream: options.stream ?? 'stdout', time: second(options.at ?? 0) })}\n`;
}

/** Numbered lines, one a second. */
function lines(from: number, to: number): string {
  return Array.from({ length: to - from }, (_, index) =>
    line(`line ${from + index}\n`, { at: from + index }),
  ).join('');
}

/** As the shim does: rename upwards, then a new file. */
function rotate(files: number): void {
  for (let index = files - 1; index >= 1; index -= 1) {
    const from = index === 1 ? path : `${path}.${index - 1}`;
    if (existsSync(from)) renameSync(from, `${path}.${index}`);
  }
  writeFileSync(path, '');
}

const both = { stdout: true, stderr: true };
const raw = (options: object = {}): string =>
  readLogs({ path, tty: true }, { ...both, ...options }).toString();
const numbers = (text: string): number[] =>
  [...text.matchAll(/line (\d+)\n/g)].map((match) => Number(match[1]));
const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from }, (_, index) => from + index);

describe('what is there', () => {
  test('frames tell the streams apart', () => {
    writeFileSync(path, line('out\n') + line('err\n', { stream: 'stderr' }));
    const frames = createFrameDecoder()(readLogs({ path, tty: false }, both));
    expect(frames.map(({ stream, payload }) => [stream, payload.toString()])).toEqual([
      ['stdout', 'out\n'],
      ['stderr', 'err\n'],
    ]);
    expect(readLogs({ path, tty: true }, { stderr: true }).toString()).toBe('err\n');
  });

  test('rotated files come first, oldest first', () => {
    writeFileSync(`${path}.2`, lines(0, 3));
    writeFileSync(`${path}.1`, lines(3, 5));
    writeFileSync(path, lines(5, 7));
    expect(numbers(raw())).toEqual(range(0, 7));
  });

  test.each([
    [0, []],
    [1, [6]],
    [2, [5, 6]],
    [3, [4, 5, 6]],
    [6, range(1, 7)],
    [7, range(0, 7)],
    [100, range(0, 7)],
  ])('the last %i lines over rotations', (tail, expected) => {
    writeFileSync(`${path}.2`, lines(0, 3));
    writeFileSync(`${path}.1`, lines(3, 5));
    writeFileSync(path, lines(5, 7));
    expect(numbers(raw({ tail }))).toEqual(expected);
  });

  test('the parts of a long line are one line for tail and timestamps', () => {
    const part = 'x'.repeat(16_384);
    writeFileSync(path, line('first\n') + line(part) + line(part) + line('end\n') + line('last\n'));
    expect(raw({ tail: 2 })).toBe(`${part}${part}end\nlast\n`);
    expect(raw({ timestamps: true, tail: 2 })).toBe(
      `2026-01-01T00:00:00.000000000Z ${part}${part}end\n2026-01-01T00:00:00.000000000Z last\n`,
    );
  });

  test('a last line without a newline is a line', () => {
    writeFileSync(path, lines(0, 2) + line('prompt> '));
    expect(raw({ tail: 1 })).toBe('prompt> ');
    expect(raw({ tail: 2 })).toBe('line 1\nprompt> ');
  });

  test('since and until', () => {
    writeFileSync(path, lines(0, 10));
    const at = Date.UTC(2026, 0, 1) / 1000;
    expect(numbers(raw({ since: at + 3, until: at + 5 }))).toEqual([3, 4, 5]);
    expect(numbers(raw({ since: `${at + 3}.5` }))).toEqual(range(4, 10));
    expect(numbers(raw({ since: '2026-01-01T01:00:08+01:00' }))).toEqual([8, 9]);
    expect(numbers(raw({ since: 0, until: 0 }))).toEqual(range(0, 10));
  });

  test('broken lines are left out', () => {
    writeFileSync(path, `${lines(0, 1)}{"log":"ha\n\0\0\0\n${lines(1, 2)}{"log":"not yet whole`);
    expect(numbers(raw())).toEqual([0, 1]);
  });

  test.each([0, 1])('what is written while it is read does not belong to it (rotations: %i)', (rotations) => {
    writeFileSync(path, lines(0, 5));
    using cursor = openLog(path, { tail: 3, endsNow: true });
    const texts = [cursor.next()?.text];
    appendFileSync(path, lines(5, 2000));
    for (let index = 0; index < rotations; index += 1) rotate(3);
    appendFileSync(path, lines(2000, 2010));
    for (let entry = cursor.next(); entry !== undefined; entry = cursor.next()) texts.push(entry.text);
    expect(texts).toEqual(['line 2\n', 'line 3\n', 'line 4\n']);
  });

  test('no log is an empty log', () => {
    expect(raw()).toBe('');
  });

  test('the tail of a large log reads only its end', () => {
    writeFileSync(path, '');
    // A gigabyte that is one line: whoever reads it needs longer than a test may take.
    truncateSync(path, 2 ** 30);
    appendFileSync(path, `\n${lines(0, 4000)}`);
    expect(numbers(raw({ tail: 500 }))).toEqual(range(3500, 4000));
  });
});

describe('bad requests', () => {
  test.each([
    [{}, 'you must choose at least one stream'],
    [
      { stdout: true, since: 'yesterday' },
      'invalid value for "since": failed to parse "yesterday" as a time',
    ],
    [{ stdout: true, until: '9e99' }, 'invalid value for "until"'],
    [{ stdout: true, until: '99999999999999' }, 'out of range'],
  ])('%j', (options, message) => {
    expect(() => selectionFrom(options)).toThrow(message);
  });
});

test('times of any precision compare as strings', () => {
  expect(sortableTime('2026-01-01T00:00:00Z')).toBe('2026-01-01T00:00:00.000000000Z');
  expect(sortableTime('2026-01-01T00:00:00.5Z')).toBe('2026-01-01T00:00:00.500000000Z');
  expect(sortableTime('2026-01-01T00:00:00.123456789Z')).toBe('2026-01-01T00:00:00.123456789Z');
});

describe('following', () => {
  const never = new Promise(() => undefined);

  function collect(stream: Readable): { text: () => string } {
    let text = '';
    stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
    return { text: () => text };
  }

  test('goes on over rotations and ends with the container', async () => {
    writeFileSync(path, lines(0, 3));
    const end = Promise.withResolvers<void>();
    const stream = followLogs({ path, tty: true }, { ...both, tail: 2 }, end.promise);
    const got = collect(stream);
    await vi.waitFor(() => expect(numbers(got.text())).toEqual([1, 2]));
    for (let index = 3; index < 60; index += 1) {
      appendFileSync(path, lines(index, index + 1));
      if (index % 7 === 0) {
        rotate(3);
        const seen = range(1, index + 1);
        await vi.waitFor(() => expect(numbers(got.text())).toEqual(seen), { interval: 2 });
      }
    }
    await vi.waitFor(() => expect(numbers(got.text())).toEqual(range(1, 60)));
    appendFileSync(path, lines(60, 61));
    end.resolve();
    await vi.waitFor(() => expect(stream.destroyed).toBe(true));
    expect(numbers(got.text())).toEqual(range(1, 61));
  });

  test('a log that has always more lets others have their turn', async () => {
    writeFileSync(path, lines(0, 40_000));
    const stream = followLogs({ path, tty: true }, both, Promise.resolve());
    const got = collect(stream);
    const atTurns: number[] = [];
    const turn = (): void => {
      atTurns.push(got.text().length);
      if (!stream.destroyed) setImmediate(turn);
    };
    setImmediate(turn);
    await vi.waitFor(() => expect(stream.destroyed).toBe(true));
    expect(numbers(got.text())).toHaveLength(40_000);
    const steps = atTurns.map((length, index) => length - (atTurns[index - 1] ?? 0));
    expect(Math.max(...steps)).toBeLessThan(got.text().length / 3);
  });

  test('a slow reader finishes the file that it holds although it was rotated away', async () => {
    writeFileSync(path, lines(0, 20_000));
    const stream = followLogs({ path, tty: true }, both, never);
    const first = await new Promise<Buffer>((resolve) => {
      stream.once('readable', () => resolve(stream.read() as Buffer));
    });
    expect(first.length).toBeLessThan(200_000);
    // Nobody reads meanwhile, so nobody may have gathered the log in memory.
    expect(stream.readableLength).toBeLessThan(200_000);
    rotate(3);
    appendFileSync(path, lines(20_000, 20_001));
    rotate(3);
    appendFileSync(path, lines(20_001, 20_002));
    const got = collect(stream);
    await vi.waitFor(() => expect(got.text()).toContain('line 20001\n'));
    expect(numbers(first.toString() + got.text())).toEqual(range(0, 20_002));
    stream.destroy();
  });

  test('a file that was emptied in place is read from its new beginning', async () => {
    writeFileSync(path, lines(0, 5));
    const stream = followLogs({ path, tty: true }, both, never);
    const got = collect(stream);
    await vi.waitFor(() => expect(numbers(got.text())).toEqual(range(0, 5)));
    writeFileSync(path, lines(5, 6));
    await vi.waitFor(() => expect(numbers(got.text())).toEqual(range(0, 6)));
    stream.destroy();
  });

  test('begins with nothing there, and stops at `until`', async () => {
    const until = Date.now() / 1000 + 0.3;
    const stream = followLogs({ path, tty: true }, { ...both, until: until.toFixed(3) }, never);
    const got = collect(stream);
    writeFileSync(path, lines(0, 1));
    await vi.waitFor(() => expect(numbers(got.text())).toEqual([0]));
    await vi.waitFor(() => expect(stream.readableEnded).toBe(true), { timeout: 2000 });
  });

  test('a stopped container: all of it, then the end', async () => {
    writeFileSync(path, lines(0, 5000));
    const chunks = await followLogs({ path, tty: true }, both, Promise.resolve()).toArray();
    expect(numbers(Buffer.concat(chunks).toString())).toEqual(range(0, 5000));
  });
});
