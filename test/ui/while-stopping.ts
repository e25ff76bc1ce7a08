import { createFakeEngine } from '../support/fake-engine.ts';
import { openScreen } from '../support/screen.tsx';

/** A dashboard whose container `web` is being stopped until `release` is called. */
export async function whileStopping() {
  const engine = createFakeEngine();
  engine.addContainer({ name: 'web', image: 'nginx:1' });
  const release = engine.holdNext('stop');
  const screen = await openScreen(engine.client);
  await screen.waitFor('web');
  await screen.press('s');
  await screen.waitFor('web stopping');
  return { engine, screen, release };
}
