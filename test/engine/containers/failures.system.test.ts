// What if it fails here? What if we are killed here? At every outward call of a start and of a removal.
import { execFile } from 'node:child_process';
import { readdirSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect } from 'vitest';
import type { CreateContainerRequest } from '../../../src/engine/api/container-request.ts';
import type { ContainerHandle } from '../../../src/engine/api/engine-client.ts';
import { reconcile } from '../../../src/engine/containers/reconcile.ts';
import { ENGINE, type EngineFixture, engineFixture, IMAGE } from '../../support/engine-fixture.ts';
import { withInjection } from '../../support/injected-failures.ts';
import { leftovers, type Snapshot, snapshot } from '../../support/leak-check.ts';
import { has, systemTest } from '../../support/requires.ts';
import { runWorker } from './run-worker.ts';

const kernelTest = systemTest(...ENGINE);
const runProcess = promisify(execFile);

let fixture: EngineFixture;
beforeAll(async () => {
  if (!ENGINE.every(has)) return;
  fixture = await engineFixture();
  // The bridge, the firewall table and the parents of cgroups are made with the first container and stay.
  const container = await make();
  await container.start();
  await container.remove({ force: true });
});
afterAll(async () => fixture?.[Symbol.asyncDispose]());

/** Every call of an ordinary start, and every third of one behind a user namespace, which has the same and a few of its own. */
const KINDS: readonly { kind: string; more: CreateContainerRequest['HostConfig']; step: number }[] = [
  { kind: 'a start', more: {}, step: 1 },
  { kind: 'a start with a user namespace', more: { UsernsMode: 'auto', Binds: ['owned:/v:U'] }, step: 3 },
];

const make = async (more: CreateContainerRequest['HostConfig'] = {}): Promise<ContainerHandle> =>
  await fixture.client.createContainer({
    Image: IMAGE,
    Cmd: ['sleep', '1000'],
    HostConfig: {
      PortBindings: { '80/tcp': [{ HostPort: '8099' }] },
      Memory: 64 * 1024 * 1024,
      NetworkRate: { In: 1e9, Out: 1e9 },
      Tmpfs: { '/t': '' },
      ...more,
    },
  });

/** What the kernel and the disk hold of containers, and the rows that say so. */
interface World {
  readonly kernel: Snapshot;
  readonly elements: number;
}

async function world(): Promise<World> {
  return { kernel: snapshot(), elements: await natElements() };
}

async function natElements(): Promise<number> {
  const { stdout } = await runProcess('nft', ['list', 'ruleset']);
  return (stdout.match(/8099/g) ?? []).length;
}

async function expectNothingLeft(before: World, when: string): Promise<void> {
  expect(await leftovers(before.kernel), when).toEqual([]);
  expect(await natElements(), `nft elements, ${when}`).toBe(before.elements);
  expect(readdirOf(join(fixture.runRoot, 'containers')), `run directories, ${when}`).toEqual([]);
}

function readdirOf(directory: string): string[] {
  return existsSync(directory) ? readdirSync(directory) : [];
}

const containerDirs = () => readdirOf(join(fixture.root, 'containers'));
const snapshots = async () => (await fixture.engine.storage()).listSnapshots();

for (const { kind, more, step } of KINDS) {
  kernelTest(
    `${kind} that fails at any of its calls leaves nothing, and the next one works`,
    async () => {
      const container = await make(more);
      const total = await withInjection(
        () => false,
        async ({ calls }) => {
          await container.start();
          return calls.length;
        },
      );
      await container.stop({ t: 0 });
      expect(total).toBeGreaterThan(40);

      const before = await world();
      let failed = 0;
      for (let at = 1; at <= total; at += step) {
        const name = await withInjection(
          (index) => index === at,
          async ({ calls }) => {
            const error: unknown = await container.start().catch((reason: unknown) => reason);
            if (error instanceof Error) failed += 1;
            return `call ${at} of ${total} (${calls[at - 1]}) failed: ${String(error)}`;
          },
        );
        if ((await container.inspect()).State.Running) await container.stop({ t: 0 });
        await expectNothingLeft(before, name);
      }
      // A few calls may fail without harm (a hint that the kernel did not take); nearly all must be noticed.
      expect(failed).toBeGreaterThan((total / step) * 0.5);
      await container.start();
      await container.remove({ force: true });
    },
    240_000,
  );
}

/** Of a removal; it has half as many. */
const MOST_CALLS = 100;

kernelTest(
  'a removal that fails at any of its calls can be done again',
  async () => {
    const before = await world();
    for (let at = 1; at <= MOST_CALLS; at += 1) {
      const container = await make();
      await container.start();
      const { done, name } = await withInjection(
        (index) => index === at,
        async ({ calls }) => {
          await container.remove({ force: true }).catch(() => undefined);
          return { done: calls.length < at, name: `call ${at} (${calls[at - 1]}) failed` };
        },
      );
      await container.remove({ force: true }).catch((error: { statusCode?: number }) => {
        if (error.statusCode !== 404) throw error;
      });
      await expectNothingLeft(before, name);
      expect(containerDirs(), name).toEqual([]);
      expect(await snapshots(), name).toEqual([]);
      if (done) return;
    }
    expect.fail(`a removal has more than ${MOST_CALLS} calls`);
  },
  240_000,
);

const worker = async (
  id: string,
  operation: 'start' | 'remove',
  dieAt: number,
): Promise<number | undefined> => {
  const { root, runRoot } = fixture;
  return await runWorker({ root, runRoot, id, operation, dieAt });
};

for (const { kind, more, step } of KINDS) {
  kernelTest(
    `a process killed at any call of ${kind} loses nothing: the next command mends`,
    async () => {
      const container = await make(more);
      const total = (await worker(container.id, 'start', 0)) ?? 0;
      expect(total).toBeGreaterThan(40);
      await container.stop({ t: 0 });
      const before = await world();
      // Every third call: each costs a process, and neighbours are alike.
      for (let at = 1; at <= total; at += 3 * step) {
        await worker(container.id, 'start', at);
        const list = await fixture.client.listContainers({ all: true });
        expect(
          list.map(({ Id }) => Id),
          `killed at ${at}`,
        ).toEqual([container.id]);
        if ((await container.inspect()).State.Running) await container.stop({ t: 0 });
        await expectNothingLeft(before, `killed at call ${at} of ${total} of a start`);
      }
      await container.start();
      await container.remove({ force: true });
    },
    240_000,
  );
}

kernelTest(
  'a process killed at any call of a removal: the next command ends it',
  async () => {
    const before = await world();
    for (let at = 1; at <= MOST_CALLS; at += 3) {
      const container = await make();
      await container.start();
      const whole = await worker(container.id, 'remove', at);
      await fixture.client.listContainers({ all: true });
      const rest = await fixture.client.listContainers({ all: true });
      for (const { Id } of rest) await fixture.client.getContainer(Id).remove({ force: true });
      await reconcile(await fixture.engine.containers());
      await expectNothingLeft(before, `killed at call ${at} of a removal`);
      expect(containerDirs()).toEqual([]);
      expect(await snapshots()).toEqual([]);
      if (whole !== undefined) return;
    }
    expect.fail(`a removal has more than ${MOST_CALLS} calls`);
  },
  240_000,
);
