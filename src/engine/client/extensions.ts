// What only Gantry's own engine can do.
import type { GantryExtensions } from '../api/engine-client.ts';
import { isAlive } from '../containers/container.ts';
import type { Sampler } from '../cgroups/sampler.ts';
import type { Foreground } from '../containers/foreground.ts';
import type { Engine } from '../engine.ts';
import { attachOutput } from './container-attach.ts';
import { startExecOutput } from './exec-handle.ts';
import { progressStream } from './progress-stream.ts';

export function gantryExtensions(engine: Engine, foreground: Foreground): GantryExtensions {
  let sampler: Sampler | undefined;
  return {
    sample: async () => {
      const deps = await engine.containers();
      sampler ??= (await import('../cgroups/sampler.ts')).createSampler(deps.cgroups);
      sampler.follow(
        engine.store
          .list()
          .filter(({ state }) => isAlive(state))
          .map(({ record }) => ({ containerId: record.id, parent: record.hostConfig.CgroupParent })),
      );
      return sampler.sample(deps.network.counters());
    },
    doctor: async () =>
      await (
        await import('../doctor/doctor.ts')
      ).examine({ paths: engine.paths, shimPath: engine.options.shimPath }),
    buildHosttools: async () => {
      const images = await engine.images();
      return progressStream(async ({ report, signal }) => {
        await images.buildHosttools({ report, signal });
      });
    },
    addMount: async (id, request) =>
      await (await import('../containers/mount-add.ts')).addMount(await engine.containers(), id, request),
    removeMount: async (id, options) =>
      await (
        await import('../containers/mount-remove.ts')
      ).removeMount(await engine.containers(), id, options),
    mend: async () => await (await import('../containers/reconcile.ts')).reconcile(await engine.containers()),
    isolation: async (id) => await (await import('./container-isolation.ts')).isolation(engine, id),
    attachOutput: (id, options, listener) =>
      attachOutput({ engine, foreground }, { id, ...options }, listener),
    startExecOutput: (id, { Tty }, listener) => startExecOutput(engine, { id, tty: Tty }, listener),
    runCommand: async (id) =>
      (await import('../containers/reports/run-command.ts')).runCommand(engine.store.get(id).record),
  };
}
