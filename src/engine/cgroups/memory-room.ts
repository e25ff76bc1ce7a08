// Lowering a memory limit below what is in use. v1 frees what it can and refuses with EBUSY where that is not enough;
// v2 kills instead. Here v2 is asked to free first, and the change is refused where that was not enough.
import { join } from 'node:path';
import type { Resources } from '../api/container-request.ts';
import { EngineError } from '../api/errors.ts';
import { isErrno } from '../../native/syscall-error.ts';
import { readCgroupFile, writeCgroupFile } from './cgroup-files.ts';
import type { CgroupLayout } from './cgroup.ts';
import { directoryLookup, hierarchyOf } from './layout.ts';

/** Throws conflict where the container would be killed for a limit that it is over already. */
export function makeRoom(resources: Resources, layout: CgroupLayout, path: string): void {
  const limit = resources.Memory ?? 0;
  const directory = directoryLookup(layout, path)('memory');
  if (limit <= 0 || directory === undefined || hierarchyOf(layout, 'memory')?.version !== 2) return;
  const excess = inUse(directory) - limit;
  if (excess <= 0) return;
  reclaim(directory, excess);
  const left = inUse(directory);
  if (left <= limit) return;
  throw new EngineError(
    'conflict',
    `memory limit ${limit}: ${left} bytes are in use, and the kernel would kill the container`,
  );
}

function inUse(directory: string): number {
  return Number(readCgroupFile(join(directory, 'memory.current')) ?? 0);
}

/** memory.reclaim came with Linux 5.19. */
function reclaim(directory: string, bytes: number): void {
  try {
    writeCgroupFile(join(directory, 'memory.reclaim'), String(bytes));
  } catch (error) {
    // EAGAIN: less than that could be freed.
    if (!isErrno(error, 'ENOENT', 'EAGAIN')) throw error;
  }
}
