// A bind passes mounts on only where its source's own mount does. Texts are moby's (daemon/oci_linux.go).
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { type MountEntry, parseMountinfo } from '../../../native/mountinfo.ts';
import { EngineError } from '../../api/errors.ts';
import type { ContainerMount } from '../container.ts';

/** Throws invalid-parameter for `shared` and `slave` of a source that gets and gives nothing. One that is missing is told elsewhere. */
export function checkPropagation({
  Source,
  Propagation,
}: Pick<ContainerMount, 'Source' | 'Propagation'>): void {
  const wanted = Propagation.replace(/^r/, '');
  if ((wanted !== 'shared' && wanted !== 'slave') || !existsSync(Source)) return;
  const mount = mountOf(realpathSync(Source), parseMountinfo(readFileSync('/proc/self/mountinfo', 'utf8')));
  const enough = wanted === 'shared' ? /^shared:/ : /^(shared|master):/;
  if (mount === undefined || mount.propagation.some((kind) => enough.test(kind))) return;
  const kind = wanted === 'shared' ? 'shared' : 'shared or slave';
  throw new EngineError(
    'invalid-parameter',
    `path ${Source} is mounted on ${mount.target} but it is not a ${kind} mount`,
  );
}

/** The mount that a path lies on: the deepest, and of those at one place the last. */
function mountOf(path: string, mounts: readonly MountEntry[]): MountEntry | undefined {
  const above = mounts.filter(
    ({ target }) => target === '/' || path === target || path.startsWith(`${target}/`),
  );
  return above.reduce<MountEntry | undefined>(
    (deepest, entry) =>
      deepest === undefined || entry.target.length >= deepest.target.length ? entry : deepest,
    undefined,
  );
}
