import { expect, test } from 'vitest';
import { createFakeEngine } from '../support/fake-engine.ts';
import { openScreen } from '../support/screen.tsx';

test('prunes what the question showed, and nothing that has ended since', async () => {
  const engine = createFakeEngine();
  engine.addContainer({ name: 'done', image: 'busy:1', state: 'exited' });
  engine.addContainer({ name: 'data', image: 'busy:1' });
  await using screen = await openScreen(engine.client);
  await screen.waitFor('1 running of 2');
  await screen.press('D');
  await screen.waitFor('Remove all stopped containers?');
  await engine.client.getContainer('data').stop();
  engine.addContainer({ name: 'made', image: 'busy:1', state: 'created' });
  await screen.waitFor('0 running of 3');
  await screen.press('y');
  await screen.waitFor('pruned 1');
  await screen.waitFor('0 running of 2');
  expect(engine.calls.filter((call) => call.startsWith('remove'))).toEqual(['remove done']);
});
