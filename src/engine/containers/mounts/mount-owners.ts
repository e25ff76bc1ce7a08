// A mount's ownership and the container's user namespace → the map of its idmapped mount. Pure.
import type { BindIdmap, IdMaps, IdRange } from '../../../native/shim/protocol.ts';
import { EngineError } from '../../api/errors.ts';
import type { MappedIds } from '../../volumes/mount-ownership.ts';
import type { ContainerMount, ContainerRecord } from '../container.ts';

/** Without a user namespace every id is what it is. */
const SAME: IdMaps = {
  uids: [{ inside: 0, outside: 0, count: 0xffff_ffff }],
  gids: [{ inside: 0, outside: 0, count: 0xffff_ffff }],
};

/**
 * Undefined where the files are shown as on the host: binds that say nothing, as with Docker's userns-remap, and volumes
 * of a container without a user namespace.
 */
export function bindIdmap(
  { userns }: Pick<ContainerRecord, 'userns'>,
  { Type, Destination, ownership }: Pick<ContainerMount, 'Type' | 'Destination' | 'ownership'>,
): BindIdmap | undefined {
  const maps = userns?.maps;
  if (ownership === undefined) return Type === 'volume' && maps !== undefined ? 'container' : undefined;
  switch (ownership.kind) {
    case 'container':
      if (maps === undefined) throw needsUserns(Destination, 'idmap');
      return 'container';
    case 'user':
      return { ...(maps ?? SAME), ownedByUser: true };
    case 'maps': {
      const resolve = (ranges: readonly MappedIds[], of: readonly IdRange[] | undefined): IdRange[] =>
        ranges.flatMap((range) => hostRanges(range, of, Destination));
      const uids = resolve(ownership.uids, maps?.uids);
      return { uids, gids: resolve(ownership.gids, maps?.gids), ownedByUser: false };
    }
  }
}

function needsUserns(target: string, what: string): EngineError {
  return new EngineError(
    'invalid-parameter',
    `invalid mode for ${target}: ${what} means the container's user namespace, and it has none (--userns); ` +
      'without one, name the ids: idmap=uids=DISK-SHOWN-COUNT',
  );
}

function hostRanges(range: MappedIds, of: readonly IdRange[] | undefined, target: string): IdRange[] {
  const { disk, shown, count, relative } = range;
  if (!relative) return [{ inside: disk, outside: shown, count }];
  if (of === undefined) throw needsUserns(target, '@');
  return of.flatMap(({ inside, outside, count: length }) => {
    const from = Math.max(shown, inside);
    const to = Math.min(shown + count, inside + length);
    if (from >= to) return [];
    return [{ inside: disk + (from - shown), outside: outside + (from - inside), count: to - from }];
  });
}
