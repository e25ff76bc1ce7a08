import { expect, test } from 'vitest';
import { EngineError } from '../../src/engine/api/errors.ts';
import { createFakeEngine } from '../support/fake-engine.ts';
import { openScreen } from '../support/screen.tsx';

async function whileStopping() {
  const engine = createFakeEngine();
  engine.addContainer({ name: 'web', image: 'nginx:1' });
  const release = engine.holdNext('stop');
  const screen = await openScreen(engine.client);
  await screen.waitFor('web');
  await screen.press('s');
  await screen.waitFor('web stopping');
  await screen.press('q');
  await screen.waitFor('Quit while work is under way?');
  return { engine, screen, release };
}

test('asks while an action is under way, names it, and quits when it is done', async () => {
  const { engine, screen, release } = await whileStopping();
  expect(screen.text()).toContain('stopping web');
  await screen.press('enter');
  await screen.waitFor('quits when it is done');
  release();
  expect(await screen.ended).toBe(0);
  expect(engine.calls).toContain('stop web');
});

test('quits at once where that is chosen', async () => {
  const { screen } = await whileStopping();
  await screen.press('y');
  expect(await screen.ended).toBe(0);
});

test('stays where the action fails meanwhile, so that the reason can be read', async () => {
  const { engine, screen, release } = await whileStopping();
  engine.failNext('stop', new EngineError('internal', 'the kernel said no'));
  await screen.press('w');
  release();
  await screen.waitFor('the kernel said no');
  await screen.press('q');
  expect(await screen.ended).toBe(0);
});
