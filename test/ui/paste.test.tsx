import { expect, test } from 'vitest';
import { createFakeEngine, type FakeEngine } from '../support/fake-engine.ts';
import { openScreen, type Screen } from '../support/screen.tsx';

/** As terminals send it once they were asked to mark it (DECSET 2004). */
const paste = (screen: Screen, text: string) => screen.press(`\u{1B}[200~${text}\u{1B}[201~`);

function oneContainer() {
  const engine = createFakeEngine();
  engine.addContainer({ name: 'web', image: 'nginx:1.27' });
  return engine;
}

const actions = ({ calls }: FakeEngine) => calls.filter((call) => !call.startsWith('events'));

test('pasted letters are no keys', async () => {
  const engine = oneContainer();
  await using screen = await openScreen(engine.client);
  await screen.waitFor(/─ web ─╮/);
  expect(screen.bytes()).toContain('\u{1B}[?2004h');
  await paste(screen, 'sudo rm -r /tmp/x\ndyy');
  await screen.waitFor('pasted text is no keys');
  expect(actions(engine)).toEqual([]);
  expect(screen.text()).not.toContain('Remove web?');
  await screen.press('d');
  await screen.waitFor('Remove web?');
  await paste(screen, 'y\n');
  await screen.waitFor('Remove web?');
  expect(actions(engine)).toEqual([]);
});

test('a field takes what is pasted as one line, and nothing of it submits', async () => {
  const engine = oneContainer();
  await using screen = await openScreen(engine.client);
  await screen.waitFor(/─ web ─╮/);
  await screen.press('N', 'ctrl-u');
  await paste(screen, 'first\r\nsecond\n');
  await screen.waitFor('first second');
  expect(actions(engine)).toEqual([]);
  await screen.press('enter');
  await screen.waitFor('first second');
  expect(actions(engine)).toEqual(['rename web first second']);
});

test('a hundred thousand characters are pasted in no time, and cut', async () => {
  const engine = oneContainer();
  await using screen = await openScreen(engine.client);
  await screen.waitFor(/─ web ─╮/);
  await screen.press('/');
  await paste(screen, 'ä'.repeat(100_000));
  await screen.waitFor('äää');
  await screen.press('ctrl-u', 'esc');
  await screen.waitFor(/─ web ─╮/);
});

test('keys that came together do not answer the question that one of them asks', async () => {
  const engine = oneContainer();
  await using screen = await openScreen(engine.client);
  await screen.waitFor(/─ web ─╮/);
  await screen.press('dyy');
  await screen.waitFor('Remove web?');
  await screen.press('esc', 'd\r');
  await screen.waitFor('Remove web?');
  expect(actions(engine)).toEqual([]);
});
