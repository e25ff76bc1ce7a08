// What only Gantry's own engine can do.
import { EngineError } from '../api/errors.ts';
import type { GantryExtensions } from '../api/engine-client.ts';
import type { Engine } from '../engine.ts';
import { progressStream } from './progress-stream.ts';

export function gantryExtensions(engine: Engine): GantryExtensions {
  return {
    sample: () => Promise.reject(new EngineError('not-implemented', 'sampling is not there yet')),
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
    runCommand: async (id) =>
      (await import('../containers/run-command.ts')).runCommand(engine.store.get(id).record),
  };
}
