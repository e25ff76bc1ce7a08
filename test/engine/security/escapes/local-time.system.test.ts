// The helper that copies files is in the container's tree when it asks for the first time of day, and the clock's rules are a
// file: the container's. One that never comes to an end would keep the helper, and with it the lock of a stopped container.
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, expect } from 'vitest';
import { type EngineFixture, engineFixture } from '../../../support/engine-fixture.ts';
import { systemTest } from '../../../support/requires.ts';
import { waitFor } from '../../../support/wait-for.ts';
import { NEEDS, sh, start } from './attacks.ts';

const test = systemTest(...NEEDS);
let fixture: EngineFixture;
beforeAll(async () => {
  fixture = await engineFixture();
});
afterAll(() => fixture[Symbol.asyncDispose]());

test('a fifo in the place of /etc/localtime does not keep cp, of a container that runs or not', async () => {
  await using victim = await start(
    fixture,
    sh('rm -f /etc/localtime; mkfifo /etc/localtime; touch /made; exec sleep 1000'),
  );
  const { handle } = victim;
  await waitFor(async () => (await handle.top()).Processes.some((line) => line.join(' ').includes('sleep')), {
    reason: 'the fifo',
  });
  const copied = async (): Promise<number> =>
    (await buffer(await handle.getArchive({ path: '/made' }))).length;
  expect(await copied()).toBeGreaterThan(0);
  await handle.stop({ t: 0 });
  expect(await copied()).toBeGreaterThan(0);
});
