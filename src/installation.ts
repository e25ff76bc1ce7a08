// Where this gantry is installed: the bundle and the shim lie side by side in dist/.
import { dirname, join } from 'node:path';
import type { EngineOptions } from './engine/engine.ts';

const VERSION = '0.1.0';

export function engineOptions(): Pick<EngineOptions, 'shimPath' | 'selfCommand' | 'version'> {
  const [, main = ''] = process.argv;
  return {
    shimPath: join(dirname(main), 'gantry-shim'),
    selfCommand: [process.execPath, ...process.execArgv, main],
    version: VERSION,
  };
}
