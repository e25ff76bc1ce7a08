import { join } from 'node:path';
import type { EnginePaths } from '../../state/paths.ts';

/** Docker's name for it. */
export function logPath({ paths }: { readonly paths: EnginePaths }, id: string): string {
  return join(paths.containerDir(id), `${id}-json.log`);
}
