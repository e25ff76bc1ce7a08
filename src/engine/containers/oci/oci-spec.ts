// The part of the OCI runtime specification (v1.2, config.json) that the engine writes. It is the middle step between
// a container record and the shim's launch plan: what is in here could be given to any OCI runtime.
import type { Mount } from '../../../native/mount.ts';
import type { SpecDevice } from '../../security/defaults.ts';

export interface OciMount extends Mount {
  /** Ours: a directory above the source that no link on the way may lead out of. */
  readonly beneath?: string;
  /** With the option `idmap`, which goes without them too. */
  readonly uidMappings?: readonly OciIdMapping[];
  readonly gidMappings?: readonly OciIdMapping[];
}

export interface OciIdMapping {
  readonly containerID: number;
  readonly hostID: number;
  readonly size: number;
}

export interface OciCapabilities {
  readonly bounding: readonly string[];
  readonly effective: readonly string[];
  readonly permitted: readonly string[];
  readonly inheritable: readonly string[];
  readonly ambient: readonly string[];
}

export type OciNamespaceType = 'pid' | 'network' | 'mount' | 'ipc' | 'uts' | 'cgroup' | 'user' | 'time';

export interface OciNamespace {
  readonly type: OciNamespaceType;
  /** Joined instead of made. */
  readonly path?: string;
}

/** nanosecs are never negative. */
export interface OciTimeOffset {
  readonly secs: number;
  readonly nanosecs: number;
}

export interface OciDevice extends Omit<SpecDevice, 'type'> {
  readonly type: 'c' | 'b' | 'p';
  /** Ours: bound in place of a node that the kernel refuses to make. */
  readonly hostPath?: string;
}

export interface OciProcess {
  readonly terminal: boolean;
  readonly consoleSize?: { readonly height: number; readonly width: number };
  /** Names cannot be known before the rootfs is mounted, so uid and gid are the shim's to find; `username` is asked for. */
  readonly user: {
    readonly uid: number;
    readonly gid: number;
    readonly username: string;
    readonly umask: number;
    readonly additionalGroups: readonly string[];
  };
  readonly args: readonly string[];
  readonly env: readonly string[];
  readonly cwd: string;
  readonly capabilities: OciCapabilities;
  readonly rlimits: readonly { readonly type: string; readonly hard: number; readonly soft: number }[];
  readonly noNewPrivileges: boolean;
  readonly oomScoreAdj?: number;
  readonly apparmorProfile?: string;
}

export interface OciSpec {
  readonly ociVersion: string;
  readonly process: OciProcess;
  readonly root: { readonly path: string; readonly readonly: boolean };
  readonly hostname: string;
  readonly domainname: string;
  readonly mounts: readonly OciMount[];
  readonly annotations: Readonly<Record<string, string>>;
  readonly linux: {
    readonly namespaces: readonly OciNamespace[];
    /** With a user namespace. */
    readonly uidMappings?: readonly OciIdMapping[];
    readonly gidMappings?: readonly OciIdMapping[];
    readonly devices: readonly OciDevice[];
    readonly cgroupsPath: string;
    readonly rootfsPropagation: string;
    readonly sysctl: Readonly<Record<string, string>>;
    readonly maskedPaths: readonly string[];
    readonly readonlyPaths: readonly string[];
    readonly timeOffsets?: Readonly<Partial<Record<'monotonic' | 'boottime', OciTimeOffset>>>;
  };
}
