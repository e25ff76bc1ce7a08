import type { ContainerStats } from '../api/container-types.ts';
import { EngineError } from '../api/errors.ts';
import type { Engine } from '../engine.ts';

export function containerStats(
  _engine: Engine,
  idOrName: string,
  _options: { stream?: boolean; 'one-shot'?: boolean },
): Promise<ContainerStats | NodeJS.ReadableStream> {
  return Promise.reject(new EngineError('not-implemented', `stats of ${idOrName} are not there yet`));
}
