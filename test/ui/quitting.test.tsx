import { expect, test } from 'vitest';
import { EngineError } from '../../src/engine/api/errors.ts';
import { whileStopping } from './while-stopping.ts';

async function askedWhileStopping() {
  const stopping = await whileStopping();
  await stopping.screen.press('q');
  await stopping.screen.waitFor('Quit while work is under way?');
  return stopping;
}

test('asks while an action is under way, names it, and quits when it is done', async () => {
  const { engine, screen, release } = await askedWhileStopping();
  expect(screen.text()).toContain('stopping web');
  await screen.press('enter');
  await screen.waitFor('quits when it is done');
  release();
  expect(await screen.ended).toBe(0);
  expect(engine.calls).toContain('stop web');
});

test('quits at once where that is chosen', async () => {
  const { screen } = await askedWhileStopping();
  await screen.press('y');
  expect(await screen.ended).toBe(0);
});

test('stays where the action fails meanwhile, so that the reason can be read', async () => {
  const { engine, screen, release } = await askedWhileStopping();
  engine.failNext('stop', new EngineError('internal', 'the kernel said no'));
  await screen.press('w');
  release();
  await screen.waitFor('the kernel said no');
  await screen.press('q');
  expect(await screen.ended).toBe(0);
});
