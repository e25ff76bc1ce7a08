// What if an update fails here? At every outward call: afterwards kernel and record say the same.
import { afterAll, beforeAll, expect } from 'vitest';
import type { UpdateContainerRequest } from '../../../src/engine/api/container-request.ts';
import { ENGINE, engineFixture, IMAGE, type EngineFixture } from '../../support/engine-fixture.ts';
import { withInjection } from '../../support/injected-failures.ts';
import { has, systemTest } from '../../support/requires.ts';
import { kernelFiles, MIB } from '../cgroups/load-rig.ts';

let fixture: EngineFixture;
beforeAll(async () => {
  if (ENGINE.every(has)) fixture = await engineFixture();
});
afterAll(async () => await fixture?.[Symbol.asyncDispose]());

const SMALL = { Memory: 64 * MIB, MemorySwap: 64 * MIB, PidsLimit: 50, NetworkRate: { In: 8e6, Out: 8e6 } };
const LARGE = {
  Memory: 128 * MIB,
  MemorySwap: 256 * MIB,
  PidsLimit: 100,
  NetworkRate: { In: 16e6, Out: 16e6 },
};

systemTest(...ENGINE)(
  'an update that fails at any of its calls changes both or neither',
  async () => {
    const container = await fixture.client.createContainer({
      Image: IMAGE,
      Cmd: ['sleep', '600'],
      HostConfig: SMALL,
    });
    await container.start();
    const read = await kernelFiles(container);
    const kernel = () => [
      read('memory', { v1: 'memory.limit_in_bytes', v2: 'memory.max' }),
      read('memory', { v1: 'memory.memsw.limit_in_bytes', v2: 'memory.swap.max' }),
      read('pids', { v1: 'pids.max', v2: 'pids.max' }),
    ];
    const record = async () => {
      const { Memory, MemorySwap, PidsLimit, NetworkRate } = (await container.inspect()).HostConfig;
      return { Memory, MemorySwap, PidsLimit, NetworkRate };
    };
    /** The kernel's texts for each of the two, as it gives them when nothing fails. */
    const texts = new Map<UpdateContainerRequest, ReturnType<typeof kernel>>();
    for (const wanted of [LARGE, SMALL]) {
      await container.update(wanted);
      texts.set(wanted, kernel());
    }
    const total = await withInjection(
      () => false,
      async ({ calls }) => {
        await container.update(LARGE);
        return calls.length;
      },
    );
    expect(total).toBeGreaterThan(10);
    await container.update(SMALL);

    let failed = 0;
    for (let at = 1; at <= total; at += 1) {
      const name = await withInjection(
        (index) => index === at,
        async ({ calls }) => {
          const error: unknown = await container.update(LARGE).catch((reason: unknown) => reason);
          if (error instanceof Error) failed += 1;
          return `call ${at} of ${total} (${calls[at - 1]}) failed: ${String(error)}`;
        },
      );
      const recorded = await record();
      const is = recorded.Memory === LARGE.Memory ? LARGE : SMALL;
      expect(recorded, name).toEqual(is);
      expect(kernel(), name).toEqual(texts.get(is));
      await container.update(SMALL);
    }
    expect(failed).toBeGreaterThan(total * 0.3);
    await container.remove({ force: true });
  },
  120_000,
);
