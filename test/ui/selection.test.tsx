import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createFakeEngine } from '../support/fake-engine.ts';
import { openScreen } from '../support/screen.tsx';

test('the row on which nobody has moved yet stays selected when another comes before it', async () => {
  const engine = createFakeEngine();
  engine.addContainer({ name: 'mail', image: 'mail:1' });
  await using screen = await openScreen(engine.client);
  await screen.waitFor(/─ mail ─╮/);
  engine.addContainer({ name: 'archive', image: 'archive:1' });
  await screen.waitFor('archive');
  await screen.press('s');
  await screen.waitFor('(143)');
  expect(engine.calls.filter((call) => call.startsWith('stop'))).toEqual(['stop mail']);
});

test('a row that came to the place of one that is gone stays selected, too', async () => {
  const engine = createFakeEngine();
  for (const name of ['a', 'm', 'p', 'z']) engine.addContainer({ name, image: 'busy:1' });
  await using screen = await openScreen(engine.client);
  await screen.waitFor(/─ a ─╮/);
  await screen.press('j');
  await screen.waitFor(/─ m ─╮/);
  await engine.client.getContainer('m').remove({ force: true });
  await screen.waitFor(/─ p ─╮/);
  engine.addContainer({ name: 'b', image: 'busy:1' });
  await screen.waitFor('4 running of 4');
  expect(screen.line(1)).toMatch(/─ p ─╮/);
});

test('a key that was meant for a row that has just gone does nothing to the next one', async () => {
  const engine = createFakeEngine();
  for (const name of ['cache', 'web']) engine.addContainer({ name, image: 'busy:1' });
  await using screen = await openScreen(engine.client);
  await screen.waitFor(/─ cache ─╮/);
  await engine.client.getContainer('cache').remove({ force: true });
  await screen.waitFor(/─ web ─╮/);
  await screen.press('s');
  await screen.waitFor('press again if you mean it');
  expect(engine.calls).not.toContain('stop web');
  await sleep(600);
  await screen.press('s');
  await screen.waitFor('(143)');
  expect(engine.calls).toContain('stop web');
});
