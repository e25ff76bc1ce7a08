import { EngineError } from '../api/errors.ts';
import type { ImageLibrary } from './image-library.ts';
import type { LoadOptions } from './image-service.ts';

export function buildHosttools(_library: ImageLibrary, _options: LoadOptions): Promise<{ id: string }> {
  return Promise.reject(new EngineError('not-implemented', 'gantry/hosttools cannot be built yet'));
}
