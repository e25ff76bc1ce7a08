import { expect, test } from 'vitest';
import { createFakeEngine, type FakeEngine } from '../support/fake-engine.ts';
import { openScreen, type Screen } from '../support/screen.tsx';

function one(log = ''): FakeEngine {
  const engine = createFakeEngine();
  engine.addContainer({ name: 'web', log });
  return engine;
}

async function opened(engine: FakeEngine): Promise<Screen> {
  const screen = await openScreen(engine.client);
  await screen.waitFor('web');
  return screen;
}

const numbered = (count: number): string =>
  Array.from({ length: count }, (_, index) => `line-${index}.\n`).join('');

test('follows the end, stays where the reader scrolled, and comes back with G', async () => {
  const engine = one(numbered(200));
  await using screen = await opened(engine);
  await screen.waitFor('line-199.');
  await screen.press('enter', 'ctrl-u');
  await screen.waitFor('line-199.', { gone: true });
  const before = screen.line(5);
  engine.log('web', 'something new\n');
  await screen.waitFor(/\d+ lines below/);
  expect(screen.line(5)).toBe(before);
  await screen.press('G');
  await screen.waitFor('something new');
});

test('a container can not break the screen with what it writes', async () => {
  const engine = one();
  await using screen = await opened(engine);
  engine.log(
    'web',
    '\u{1B}[2J\u{1B}[H\u{1B}[?1049l\u{1B}]0;title\u{7}\u{1B}Pq#0\u{1B}\\before\rafter\u{9B}31m\u{202E}evil\u{0}\n',
  );
  engine.log('web', `${'x'.repeat(90_000)}\n`);
  engine.log('web', Buffer.from([0xff, 0xfe, 0x80, 0x0a]));
  engine.log('web', '世界'.repeat(200) + '\n');
  engine.log('web', 'the end\n');
  await screen.waitFor('the end');
  expect(screen.line(0)).toContain('gantry');
  expect(screen.text()).toContain('after·31m·evil·');
  expect(screen.text()).not.toContain('before');
  for (let row = 1; row < 34; row++) expect(screen.line(row)).toMatch(/[│╯╮┃]$/);
  await screen.press('w');
  await screen.waitFor('the end');
  for (let row = 1; row < 34; row++) expect(screen.line(row)).toMatch(/[│╯╮┃]$/);
});

test('keeps the colours a container chose', async () => {
  const engine = one();
  await using screen = await opened(engine);
  engine.log('web', '\u{1B}[31mred\u{1B}[0m plain\n');
  await screen.waitFor('red plain');
  const line = screen.terminal.buffer.active.getLine(2);
  const column = line?.translateToString(true).indexOf('red') ?? -1;
  expect(line?.getCell(column)?.getFgColor()).toBe(1);
  expect(line?.getCell(column + 4)?.isFgDefault()).toBeTruthy();
});

test('marks stderr, shows times on request', async () => {
  const engine = one();
  await using screen = await opened(engine);
  engine.log('web', '2026-11-22T01:02:03.456789000Z it failed\n', 'stderr');
  await screen.waitFor('▏it failed');
  await screen.press('t');
  await screen.waitFor('01:02:03.456 it failed');
});

test('searches, and goes from match to match', async () => {
  const engine = one(numbered(300));
  await using screen = await opened(engine);
  await screen.waitFor('line-299.');
  await screen.press('enter', '/');
  await screen.type('line-17');
  await screen.press('enter');
  await screen.waitFor('line-179.');
  await screen.press('n');
  await screen.waitUntil('the next older match at the top', () => screen.line(2).includes('line-178.'));
  await screen.press('N');
  await screen.waitUntil('the newer match again', () => screen.line(2).includes('line-179.'));
  // Behind the last match comes the first: 17, and older than that the newest again.
  await screen.press('N');
  await screen.waitUntil('the oldest match', () => screen.line(2).includes('line-17.'));
  await screen.press('n');
  await screen.waitUntil('the newest match', () => screen.line(2).includes('line-179.'));
});

test('follows only the log that is open', async () => {
  const engine = one('first\n');
  engine.addContainer({ name: 'zoo', log: 'second\n' });
  await using screen = await opened(engine);
  await screen.waitFor('first');
  await screen.press('j');
  await screen.waitFor('second');
  expect(engine.followers()).toHaveLength(1);
  await screen.press(']');
  await screen.waitUntil('no follower', () => engine.followers().length === 0);
});
