// A creation that fails, is killed, or meets another process that removes volumes: it leaves nothing, and keeps what it made.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import { createContainer } from '../../../src/engine/containers/create.ts';
import { reconcile } from '../../../src/engine/containers/reconcile.ts';
import { ENGINE, type EngineFixture, engineFixture, exec, IMAGE } from '../../support/engine-fixture.ts';
import { withInjection } from '../../support/injected-failures.ts';
import { has, systemTest } from '../../support/requires.ts';
import { runWorker } from './run-worker.ts';

const kernelTest = systemTest(...ENGINE);

let fixture: EngineFixture;
beforeAll(async () => {
  if (ENGINE.every(has)) fixture = await engineFixture();
});
afterAll(async () => fixture?.[Symbol.asyncDispose]());

/** `-v /etc -v data:/srv/data`: first an anonymous volume, which is filled, then one with a name. */
const REQUEST = {
  Image: IMAGE,
  Cmd: ['sleep', '1000'],
  Volumes: { '/etc': {} },
  HostConfig: { Binds: ['data:/srv/data'] },
};

/** The command line, in a process of its own, while ours stands still. */
function gantry(...argv: string[]): string {
  const env = { ...process.env, GANTRY_ROOT: fixture.root, GANTRY_RUN_ROOT: fixture.runRoot };
  const binary = join(import.meta.dirname, '../../../bin/gantry');
  const { stdout, stderr } = spawnSync(binary, argv, { env, encoding: 'utf8', timeout: 60_000 });
  return stdout + stderr;
}

const volumeNames = async (): Promise<string[]> =>
  (await fixture.client.listVolumes()).Volumes.map(({ Name }) => Name);

const entriesOf = (directory: string): string[] => (existsSync(directory) ? readdirSync(directory) : []);

/** Of a process that was killed, or could not even lock, the lock's file stays until the next time that everything is looked at. */
async function expectNoLocks(): Promise<void> {
  await reconcile(await fixture.engine.containers());
  expect(locks()).toEqual([]);
}

const locks = (): string[] => entriesOf(join(fixture.runRoot, 'locks')).filter((name) => name !== 'network');

/** Nothing but the volume that has a name of its own, which nobody uses and everybody may remove. */
async function expectNothingLeft(when: string): Promise<void> {
  expect(await fixture.client.listContainers({ all: true }), when).toEqual([]);
  expect(entriesOf(join(fixture.root, 'containers')), when).toEqual([]);
  expect((await fixture.engine.storage()).listSnapshots(), when).toEqual([]);
  expect(
    (await volumeNames()).filter((name) => name !== 'data'),
    when,
  ).toEqual([]);
  await fixture.client.getVolume('data').remove({ force: true });
}

kernelTest('a volume that is just made is not for others to remove', async () => {
  const deps = await fixture.engine.containers();
  const answers: string[] = [];
  const meddled: typeof deps = {
    ...deps,
    volumes: {
      ...deps.volumes,
      create: (request) => {
        const volume = deps.volumes.create(request);
        answers.push(gantry('volume', 'rm', volume.Name), gantry('volume', 'prune', '--all', '--force'));
        return volume;
      },
    },
  };
  const { id } = await createContainer(meddled, REQUEST);
  const inUse = expect.stringContaining(`volume is in use - [${id}]`);
  const nothing = expect.stringContaining('Total reclaimed space: 0B');
  expect(answers).toEqual([inUse, nothing, inUse, nothing]);

  const container = fixture.client.getContainer(id);
  await container.start();
  expect((await exec(container, ['ls', '/etc', '/srv/data'])).stdout).toContain('passwd');
  await container.remove({ force: true, v: true });
  await expectNothingLeft('at the end');
  expect(locks()).toEqual([]);
});

kernelTest('volumes of a container that goes meanwhile are not made anew', async () => {
  const donor = await fixture.client.createContainer(REQUEST);
  const deps = await fixture.engine.containers();
  const meddled: typeof deps = {
    ...deps,
    store: {
      ...deps.store,
      insert: (...row) => {
        expect(gantry('rm', '-v', donor.id)).toBe(`${donor.id}\n`);
        deps.store.insert(...row);
      },
    },
  };
  const request = { Image: IMAGE, HostConfig: { VolumesFrom: [donor.id] } };
  await expect(createContainer(meddled, request)).rejects.toMatchObject({ statusCode: 404 });
  await expectNothingLeft('at the end');
  expect(locks()).toEqual([]);
});

kernelTest(
  'a creation that fails at any of its calls leaves nothing, and the next one works',
  async () => {
    const total = await withInjection(
      () => false,
      async ({ calls }) => {
        const container = await fixture.client.createContainer(REQUEST);
        const made = calls.length;
        await container.remove({ v: true });
        return made;
      },
    );
    expect(total).toBeGreaterThan(10);
    await expectNothingLeft('before');
    let failed = 0;
    for (let at = 1; at <= total; at += 1) {
      const when = await withInjection(
        (index) => index === at,
        async ({ calls }) => {
          const result: unknown = await fixture.client
            .createContainer(REQUEST)
            .catch((error: unknown) => error);
          if (result instanceof Error) failed += 1;
          return `call ${at} of ${total} (${calls[at - 1]}): ${String(result)}`;
        },
      );
      for (const { Id } of await fixture.client.listContainers({ all: true }))
        await fixture.client.getContainer(Id).remove({ v: true });
      await expectNothingLeft(when);
    }
    expect(failed).toBeGreaterThan(total * 0.5);
    await expectNoLocks();
  },
  120_000,
);

kernelTest(
  'a process killed at any call of a creation: the next command mends, and nothing keeps the volume',
  async () => {
    const { root, runRoot } = fixture;
    for (let at = 1; at <= 60; at += 3) {
      const calls = await runWorker({ root, runRoot, id: 'data', operation: 'create', dieAt: at });
      if (calls !== undefined) {
        expect(at).toBeGreaterThan(10);
        for (const { Id } of await fixture.client.listContainers({ all: true }))
          await fixture.client.getContainer(Id).remove({ v: true });
        await expectNoLocks();
        return;
      }
      // Every third call, as each costs a process; at every other without a list before it.
      if (at % 2 === 0) await fixture.client.getVolume('data').remove({ force: true });
      await expectNothingLeft(`killed at call ${at}`);
    }
  },
  240_000,
);
