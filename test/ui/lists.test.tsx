import { expect, test } from 'vitest';
import { createFakeEngine } from '../support/fake-engine.ts';
import { openScreen } from '../support/screen.tsx';

test('a list that could not be read is asked for again, and told of once', async () => {
  const engine = createFakeEngine();
  engine.addContainer({ name: 'web', image: 'nginx:1.27' });
  let failing = 0;
  const client: typeof engine.client = {
    ...engine.client,
    listContainers: async (options) => {
      if (failing-- > 0) throw new Error('disk I/O error');
      return await engine.client.listContainers(options);
    },
  };
  await using screen = await openScreen(client);
  await screen.waitFor('1 running of 1');
  failing = 2;
  await engine.client.getContainer('web').stop();
  await screen.waitFor('disk I/O error');
  await screen.waitFor('0 running of 1', { ms: 6000 });
  expect(screen.bytes().split('disk I/O error')).toHaveLength(2);
});

test('a state that is gone is told', async () => {
  const engine = createFakeEngine();
  const ping = async (): Promise<string> => await Promise.reject(new Error('state.db was moved away'));
  await using screen = await openScreen({ ...engine.client, ping });
  await screen.waitFor('state.db was moved away', { ms: 6000 });
});
