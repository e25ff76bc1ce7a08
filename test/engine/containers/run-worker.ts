// Runs start-worker.ts: a process that changes a container and may kill itself on the way.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const runProcess = promisify(execFile);

export interface WorkerOrder {
  readonly root: string;
  readonly runRoot: string;
  /** Of a container; for `create` the name of a volume that it mounts beside an anonymous one. */
  readonly id: string;
  readonly operation: 'create' | 'start' | 'remove' | 'mount' | 'unmount';
  /** Number of the outward call at which it kills itself, 0 for none; or its name, for the first of that name. */
  readonly dieAt: number | string;
}

/** @returns how many outward calls it made; undefined where it was killed */
export async function runWorker(order: WorkerOrder): Promise<number | undefined> {
  const { root, runRoot, id, operation, dieAt } = order;
  const script = join(import.meta.dirname, 'start-worker.ts');
  const quiet = '--disable-warning=ExperimentalWarning';
  try {
    const { stdout } = await runProcess(process.execPath, [
      quiet,
      // As helpers that run from source; see UNOPTIMIZED_STRIPPER of helper-process.ts.
      '--liftoff-only',
      script,
      root,
      runRoot,
      id,
      operation,
      String(dieAt),
    ]);
    return Number(stdout);
  } catch (error) {
    if ((error as { signal?: string }).signal === 'SIGKILL') return undefined;
    throw error;
  }
}
