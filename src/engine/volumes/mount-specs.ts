// What a request says about mounts, as one list. Pure.
import type { HostConfig } from '../api/container-request.ts';

export type MountPropagation = 'private' | 'rprivate' | 'slave' | 'rslave' | 'shared' | 'rshared';

/** Targets are absolute and clean; no two have the same. In the order in which they must be mounted. */
export type ResolvedMount =
  | {
      readonly kind: 'bind';
      readonly source: string;
      readonly target: string;
      readonly readOnly: boolean;
      readonly propagation: MountPropagation;
      readonly recursive: boolean;
      /** Binds make the host directory where it is missing; Mounts refuse it. */
      readonly createSource: boolean;
      /** Docker's Mode string, for inspect. */
      readonly mode: string;
    }
  | {
      readonly kind: 'volume';
      /** '' for an anonymous one that is still to be made. */
      readonly name: string;
      readonly target: string;
      readonly readOnly: boolean;
      readonly noCopy: boolean;
      /** Below the volume's root; '' for the root. */
      readonly subpath: string;
      readonly labels: Readonly<Record<string, string>>;
      readonly driverOptions: Readonly<Record<string, string>>;
      readonly mode: string;
    }
  | {
      readonly kind: 'tmpfs';
      readonly target: string;
      readonly readOnly: boolean;
      /** Of mount(8): size=…, mode=…, noexec … */
      readonly options: readonly string[];
    };

export interface MountRequests {
  readonly hostConfig: Pick<HostConfig, 'Binds' | 'Mounts' | 'Tmpfs' | 'VolumeDriver'>;
  /** Config.Volumes of the request and of the image: targets of anonymous volumes. */
  readonly volumes: readonly string[];
  /** What the containers of VolumesFrom have, read-only applied; the caller finds them (see parseVolumesFrom). */
  readonly inherited: readonly ResolvedMount[];
}
