// The volumes room: named directories that outlive containers. Door of the room.
//
// Words. A *volume* is `<root>/volumes/<name>/_data` and a record of it; an *anonymous* one got a random name because
// a container asked for a place and named none. A volume is *in use* while any container's record mentions it, running
// or not; it does so before the volume is made. *Copy-up*: the first container that mounts an empty volume fills it with what its image has at that place.
//
//   create (named, or by a container) ─▶ [mountpoint in the launch plan; copyUp once] ─▶ … ─▶ remove | prune
//
// A record and its directory come and go in one write transaction, so two processes that make and remove a volume of one
// name don't get in each other's way. A directory without a record is what a killed process left, and `reconcile` removes
// it; a record without a directory is a removal that was killed, and gets an empty one when it is asked for again.
// The room mounts nothing.
import type { Filters } from '../api/engine-client.ts';
import type { CreateVolumeRequest, VolumeInspect } from '../api/volume-types.ts';
import type { StateDatabase } from '../state/database.ts';

export interface VolumeService {
  /**
   * Makes a volume, or returns the one of that name (same driver). Without a name it is anonymous.
   * Throws invalid-parameter for a bad name, not-found for a driver that is not `local`.
   */
  create(request?: CreateVolumeRequest): VolumeInspect;
  /** Throws not-found as Docker words it. */
  inspect(name: string): VolumeInspect;
  /** Docker's filters: name, label, dangling, driver. By name. */
  list(filters?: Filters): VolumeInspect[];
  /** Throws conflict while a container mentions it. @param force a missing one is no error */
  remove(name: string, options?: { readonly force?: boolean }): Promise<void>;
  /** Anonymous volumes that nobody uses; all unused ones with the filter `all=true`. Filters: label, label!, all. */
  prune(filters?: Filters): Promise<{ VolumesDeleted: string[]; SpaceReclaimed: number }>;
  /** `<root>/volumes/<name>/_data`; throws not-found, and not-implemented where options ask for a mount. */
  mountpoint(name: string): string;
  /** With UsageData, for `system df`. */
  usage(): Promise<VolumeInspect[]>;
  /** Removes directories that have no record. Returns what it mended, one line each. */
  reconcile(): Promise<string[]>;
}

export interface VolumeServiceOptions {
  /** `<root>/volumes`; made when first needed. */
  readonly directory: string;
  readonly database: StateDatabase;
  /** Ids of the containers that mention a volume, running or not, by the volume's name. */
  readonly users: () => ReadonlyMap<string, readonly string[]>;
}
