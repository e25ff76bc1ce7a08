import { PassThrough, Readable } from 'node:stream';
import { expect, test } from 'vitest';
import type { ProgressMessage } from '../../../src/engine/api/image-types.ts';
import { showProgress } from '../../../src/cli/progress/progress.ts';
import { progressBar } from '../../../src/cli/progress/progress-bar.ts';

async function show(messages: readonly ProgressMessage[], terminal?: { columns: number }): Promise<string> {
  const output = Object.assign(new PassThrough(), terminal === undefined ? {} : { isTTY: true, ...terminal });
  const lines = messages.map((message) => Buffer.from(`${JSON.stringify(message)}\n`));
  await showProgress(Readable.from(lines), output);
  output.end();
  return Buffer.concat(await output.toArray()).toString();
}

test('plain output tells the steps and not the bytes', async () => {
  expect(
    await show([
      { status: 'Pulling from library/alpine', id: '3' },
      { status: 'Downloading', id: 'aaa', progressDetail: { current: 5, total: 10 } },
      { status: 'Pull complete', id: 'aaa', progressDetail: {} },
      { stream: 'Loaded image: a:1\n' },
      { status: 'Status: Downloaded newer image for alpine:3' },
    ]),
  ).toBe(
    '3: Pulling from library/alpine\naaa: Pull complete\nLoaded image: a:1\nStatus: Downloaded newer image for alpine:3\n',
  );
});

test('a terminal has a line for each layer, painted over in place', async () => {
  expect(
    await show(
      [
        { status: 'Waiting', id: 'a' },
        { status: 'Waiting', id: 'b' },
        { status: 'Downloading', id: 'a', progressDetail: { current: 5e6, total: 1e7 } },
        { status: 'Done' },
      ],
      { columns: 80 },
    ),
  ).toBe('a: Waiting\nb: Waiting\n\u001B[2A\r\u001B[2Ka: Downloading      5MB/10MB\u001B[2B\rDone\n');
});

test('bars', () => {
  const half = { progressDetail: { current: 5e6, total: 1e7 } };
  expect(progressBar(half, 120)).toBe(`[${'='.repeat(25)}>${' '.repeat(25)}]      5MB/10MB`);
  expect(progressBar({ progressDetail: { current: 1500 } }, 120)).toBe('1.5kB');
  expect(progressBar({}, 120)).toBe('');
});

test('an error message ends the show and is the error', async () => {
  await expect(show([{ status: 'Pulling', id: 'a' }, { error: 'manifest unknown' }])).rejects.toThrow(
    'gantry: manifest unknown',
  );
});
