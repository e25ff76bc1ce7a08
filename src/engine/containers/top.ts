// `docker top`, from /proc alone.
import type { TopResult } from '../api/container-types.ts';
import { EngineError } from '../api/errors.ts';

/**
 * The processes in ps's words, with pids of the host.
 * @param pids those of the container's cgroup; one that ended meanwhile is left out
 * @param psArgs options of ps: `-ef` (default), `aux`, `-o pid,comm` …; throws invalid-parameter for others
 */
export function topOf(pids: readonly number[], psArgs = '-ef'): TopResult {
  throw new EngineError('not-implemented', `top ${psArgs} of ${pids.length} processes`);
}
