// The userns room: which ids of the host a container's ids are. Door of the room.
//
// Words. A *mode* is what the user asks for (HostConfig.UsernsMode). A *range* is a run of ids of the host that belong to
// one container, for users and for groups; the *pool* is all ids that ranges are taken from (/etc/subuid and /etc/subgid,
// subuid(5)). *Maps* are what the kernel is told: uid_map and gid_map, user_namespaces(7).
//
//   create ─▶ modeFrom ─▶ claim: a range that no other container has, under the database's lock ─▶ record ─▶ … ─▶ release at rm
//
// A range is a container's from create to rm, so it survives stops, restarts and the end of any process; where containers
// share a user namespace, the last of them gives it back. Nothing on disk has the ids of a range: layers and volumes are
// mounted with their owners mapped, so what the container's root writes belongs to 0 on disk, whatever its range. The room
// changes nothing on the machine; the shim makes namespaces and mounts.
import type { IdMaps } from '../../native/shim/protocol.ts';
import type { UsernsMode } from './mode.ts';

export interface UserNamespaces {
  /**
   * The maps for a container: for `auto` and `keep-id` with a range that is nobody else's. Throws conflict where the pool
   * has none left, invalid-parameter where the mode makes no sense here. The same container may ask again.
   */
  claim(containerId: string, mode: OwnMode): IdMaps;
  /**
   * The range of another container is this one's, too: nobody else gets it before both have given it back. Throws conflict
   * where the other has none any more.
   */
  share(containerId: string, owner: string): void;
  /** Gives the container's range back; without one nothing happens. */
  release(containerId: string): void;
}

/** A mode with a user namespace of the container's own. */
export type OwnMode = Exclude<UsernsMode, { readonly kind: 'host' | 'container' }>;
