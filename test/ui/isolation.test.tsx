import { expect, test } from 'vitest';
import { lineWidth } from '../../src/ui/components/line.ts';
import { isolationLines } from '../../src/ui/details/isolation-view.ts';
import { createFakeEngine } from '../support/fake-engine.ts';
import { fakeIsolation } from '../support/fake-isolation.ts';
import { openScreen } from '../support/screen.tsx';

test('the tab can be read at 60×15, scrolls, and says what is not as asked first', async () => {
  const engine = createFakeEngine();
  engine.addContainer({ name: 'web', image: 'nginx:1' });
  await using screen = await openScreen(engine.client, { columns: 60, rows: 15 });
  await screen.waitFor('web');
  await screen.press('enter', '[');
  await screen.waitFor('Not as asked');
  expect(screen.text()).toContain('asked 9999:9999, got 1024:4096');
  await screen.press('G');
  await screen.waitFor('Resource limits');
  expect(screen.text()).toContain('1024, at most 4096 files');
});

test('a stopped container has nothing to say', async () => {
  const engine = createFakeEngine();
  engine.addContainer({ name: 'job', image: 'nginx:1', state: 'exited' });
  await using screen = await openScreen(engine.client);
  await screen.waitFor('job');
  await screen.press('[');
  await screen.waitFor('not running');
});

test('values that matter fit beside their labels in 60 columns', () => {
  const report = fakeIsolation({ id: 'a'.repeat(64), spec: { name: 'web' } } as never);
  const tooWide = isolationLines(report).filter((text) => lineWidth(text) > 58);
  // Paths of 64 digits and digests are as long as they are; w wraps them.
  expect(
    tooWide.every((text) => /[a-z0-9]{64}|\(the program/.test(text.map((span) => span.text).join(''))),
  ).toBe(true);
});
