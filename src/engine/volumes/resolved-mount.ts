import type { MountOwnership } from './mount-ownership.ts';
import type { MountPropagation } from './mount-target.ts';

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
      /** Undefined for as it is on the host. */
      readonly ownership: MountOwnership | undefined;
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
      /** Another container's: where it is gone by now it is not made anew. */
      readonly inherited?: true;
      readonly labels: Readonly<Record<string, string>>;
      readonly driverOptions: Readonly<Record<string, string>>;
      /** Undefined for as in the container's user namespace. */
      readonly ownership: MountOwnership | undefined;
      readonly mode: string;
    }
  | {
      readonly kind: 'tmpfs';
      readonly target: string;
      readonly readOnly: boolean;
      /** Of mount(8): size=…, mode=…, noexec … */
      readonly options: readonly string[];
    };
