import { expect, test } from 'vitest';
import { whileStopping } from './while-stopping.ts';

test('a container that does not listen to its stop can be killed at once', async () => {
  const { engine, screen, release } = await whileStopping();
  await screen.press('ctrl-k');
  await screen.waitFor('Send a signal to web');
  await screen.press('k');
  await screen.waitFor('(137)');
  expect(engine.calls).toContain('kill SIGKILL web');
  release();
});

test('and removed', async () => {
  const { engine, screen, release } = await whileStopping();
  await screen.press('d');
  await screen.waitFor('Remove web?');
  await screen.press('y');
  await screen.waitFor('removed web');
  expect(engine.calls.some((call) => call.startsWith('remove web'))).toBe(true);
  release();
});

test('what would meet the stop half-way waits for it', async () => {
  const { screen, release } = await whileStopping();
  await screen.press('p');
  await screen.waitFor('stopping is under way');
  release();
});
