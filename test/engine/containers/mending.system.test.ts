// What dead processes left is found and removed when the dashboard opens and when somebody prunes; what lives is left alone.
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import type { ContainerHandle } from '../../../src/engine/api/engine-client.ts';
import { startEngineSync } from '../../../src/ui/engine-sync.ts';
import { createUiStore } from '../../../src/ui/ui-store.ts';
import { ENGINE, type EngineFixture, engineFixture, exec, IMAGE } from '../../support/engine-fixture.ts';
import { leftovers, snapshot } from '../../support/leak-check.ts';
import { systemTest } from '../../support/requires.ts';
import { waitFor } from '../../support/wait-for.ts';
import { runWorker } from './run-worker.ts';

const kernelTest = systemTest(...ENGINE);
const STRAY = 'deadbeef'.repeat(8);

const sleeper = async ({ client }: EngineFixture): Promise<ContainerHandle> =>
  await client.createContainer({ Image: IMAGE, Cmd: ['sleep', '1000'] });

/** A start that was killed when it was about to start the shim, and a run directory and a file system of a container that nobody knows. */
async function leaveThings(fixture: EngineFixture): Promise<ContainerHandle> {
  const { root, runRoot } = fixture;
  const container = await sleeper(fixture);
  const killed = { root, runRoot, id: container.id, operation: 'start', dieAt: 'posix_spawn' } as const;
  expect(await runWorker(killed)).toBeUndefined();
  expect(existsSync(join(runRoot, 'containers', container.id))).toBe(true);
  expect(fixture.engine.store.get(container.id).intent).toBe('start');
  mkdirSync(join(runRoot, 'containers', STRAY), { recursive: true });
  await (await fixture.engine.storage()).createSnapshot(STRAY, undefined);
  return container;
}

async function strays({ engine, runRoot }: EngineFixture): Promise<string[]> {
  const snapshots = (await engine.storage()).listSnapshots().filter((key) => key === STRAY);
  return existsSync(join(runRoot, 'containers', STRAY)) ? [...snapshots, 'run directory'] : snapshots;
}

kernelTest('the dashboard clears away what dead processes left, and lets others live', async () => {
  await using fixture = await engineFixture();
  await using other = await engineFixture();
  const [running, foreign] = [await sleeper(fixture), await sleeper(other)];
  for (const container of [running, foreign]) await container.start();
  const before = snapshot();
  const container = await leaveThings(fixture);
  const store = createUiStore({ columns: 80, rows: 24 });
  const sync = startEngineSync(fixture.client, store);
  onTestFinished(() => sync[Symbol.dispose]());
  await waitFor(async () => (await strays(fixture)).length === 0, { reason: 'the strays to be removed' });
  await waitFor(() => store.getState().toasts.length > 0, { reason: 'a toast that tells of it' });
  expect(store.getState().toasts.map(({ tone }) => tone)).toEqual(['good']);
  expect(fixture.engine.store.get(container.id)).toMatchObject({ intent: undefined });
  expect(existsSync(join(fixture.runRoot, 'containers', container.id))).toBe(false);
  for (const alive of [running, foreign]) expect((await alive.inspect()).State.Running).toBe(true);
  await container.remove();
  expect(await leftovers(before)).toEqual([]);
  for (const alive of [running, foreign]) await alive.remove({ force: true });
});

kernelTest('prune clears away what dead processes left', async () => {
  await using fixture = await engineFixture();
  const running = await sleeper(fixture);
  await running.start();
  const before = snapshot();
  const container = await leaveThings(fixture);
  const { ContainersDeleted } = await fixture.client.pruneContainers();
  expect(ContainersDeleted).toEqual([container.id]);
  expect(await strays(fixture)).toEqual([]);
  expect((await running.inspect()).State.Running).toBe(true);
  expect(await leftovers(before)).toEqual([]);
});

kernelTest('engines with roots of their own leave each other alone where they share a run root', async () => {
  await using fixture = await engineFixture();
  await using other = await engineFixture({ runRoot: fixture.runRoot });
  const running = await sleeper(fixture);
  await running.start();
  const { Pid } = (await running.inspect()).State;
  await other.client.pruneContainers();
  expect(existsSync(`/proc/${Pid}`)).toBe(true);
  expect((await exec(running, ['echo', 'still here'])).stdout).toBe('still here\n');
  await running.remove({ force: true });
  expect(existsSync(join(fixture.runRoot, 'containers', running.id))).toBe(false);
});
