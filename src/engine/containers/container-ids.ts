// Owners as the container has them, and as they are from outside its user namespace. Pure.
import type { IdMaps, IdRange } from '../../native/shim/protocol.ts';
import { EngineError } from '../api/errors.ts';

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

export interface ContainerIds {
  /** Throws invalid-parameter for one that the container does not have. */
  toHost(owner: Owner): Owner;
  /** As the container sees it: what it does not have is nobody's. */
  toContainer(owner: Owner): Owner;
  /** Of its root; undefined without a user namespace. */
  readonly rootUid: number | undefined;
}

/** @param maps undefined without a user namespace: then all are the same */
export function containerIds(maps: IdMaps | undefined): ContainerIds {
  if (maps === undefined) return SAME;
  return {
    toHost: ({ uid, gid }) => ({ uid: hostId(maps.uids, uid), gid: hostId(maps.gids, gid) }),
    toContainer: ({ uid, gid }) => ({ uid: containerId(maps.uids, uid), gid: containerId(maps.gids, gid) }),
    rootUid: hostId(maps.uids, 0),
  };
}

const SAME: ContainerIds = {
  toHost: ({ uid, gid }) => ({ uid, gid }),
  toContainer: ({ uid, gid }) => ({ uid, gid }),
  rootUid: undefined,
};

function hostId(ranges: readonly IdRange[], id: number): number {
  const range = ranges.find(({ inside, count }) => id >= inside && id < inside + count);
  if (range !== undefined) return range.outside + (id - range.inside);
  throw new EngineError('invalid-parameter', `id ${id} has no place in the container's user namespace`);
}

/** What the kernel shows for it too, /proc/sys/kernel/overflowuid. */
const NOBODY = 65_534;

function containerId(ranges: readonly IdRange[], id: number): number {
  const range = ranges.find(({ outside, count }) => id >= outside && id < outside + count);
  return range === undefined ? NOBODY : range.inside + (id - range.outside);
}
