import type { ImageHandle } from '../api/engine-client.ts';
import { EngineError } from '../api/errors.ts';
import type { Engine } from '../engine.ts';

export function imageHandle(engine: Engine, reference: string): ImageHandle {
  return {
    id: reference,
    inspect: async () => (await engine.images()).inspect(reference),
    history: async () => (await engine.images()).history(reference),
    tag: async (options) => {
      if (options?.repo === undefined) throw new EngineError('invalid-parameter', 'repo is required');
      await (await engine.images()).tag(reference, { repo: options.repo, tag: options.tag });
    },
    remove: async (options) => {
      await (await import('./mend-dead.ts')).mendDead(engine);
      return await (await engine.images()).remove(reference, options);
    },
  };
}
