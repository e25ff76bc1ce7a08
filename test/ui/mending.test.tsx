import { expect, test } from 'vitest';
import { createFakeEngine } from '../support/fake-engine.ts';
import { openScreen } from '../support/screen.tsx';

test('what dead processes left is cleared away once the lists are there, and told', async () => {
  const engine = createFakeEngine({
    leftovers: [
      'container web: finished what a dead process had begun',
      'removed a link',
      'removed a cgroup',
    ],
  });
  engine.addContainer({ name: 'web', image: 'nginx:1.27' });
  await using screen = await openScreen(engine.client);
  await screen.waitFor('web');
  expect(screen.text()).not.toContain('container web');
  await screen.waitFor('container web: finished');
  expect(screen.text()).toContain('2 more of that kind');
});
