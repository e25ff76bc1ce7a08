// What the kernel says of a running container: `gantry inspect --isolation`. Docker has no such answer; names are in
// Docker's style, so that templates read alike.

export interface NamespaceFact {
  /** As in /proc/<pid>/ns: cgroup, ipc, mnt, net, pid, time, user, uts. */
  Kind: string;
  Inode: number;
  Sharing: 'private' | 'host' | 'container';
  /** Names of the running containers that are in it too. */
  With: string[];
}

/** One line of uid_map or gid_map, user_namespaces(7). */
export interface IdRange {
  Inside: number;
  Outside: number;
  Count: number;
}

export interface LimitFact {
  File: string;
  /** As the kernel prints it. */
  Value: string;
  /** An ancestor that allows less: it is what counts. */
  Lower?: { Path: string; Value: string };
}

export interface CgroupFact {
  Version: 1 | 2;
  /** v1's names as in /proc/<pid>/cgroup; of v2 those that its cgroup.controllers has. */
  Controllers: string[];
  /** From the root of the engine's cgroup namespace. */
  Path: string;
  Sharing: 'private' | 'host';
  Limits: LimitFact[];
}

export interface DeviceFact {
  /** `list`: devices.list of cgroup v1. `program`: an eBPF program of cgroup v2, which can't be read back. `none`: nothing restricts. */
  Kind: 'list' | 'program' | 'none';
  /** `c 1:3 rwm` … */
  Rules: string[];
}

/** Names with CAP_. */
export interface CapabilityFacts {
  Effective: string[];
  Permitted: string[];
  Inheritable: string[];
  Bounding: string[];
  Ambient: string[];
}

export interface SeccompFact {
  Mode: 'disabled' | 'strict' | 'filter';
  /** Programs on init; undefined before Linux 5.9. */
  Filters?: number;
  /** Of the program that this start loaded; undefined where it is not known. */
  Instructions?: number;
  /** Where Instructions comes from, and whether it can be other than what the kernel runs. */
  Source: string;
}

export interface RlimitFact {
  /** As in /proc/<pid>/limits: `Max open files`. */
  Name: string;
  Soft: string;
  Hard: string;
  Units: string;
}

export interface ProcessFact {
  Uids: number[];
  Gids: number[];
  Groups: number[];
  Capabilities: CapabilityFacts;
  NoNewPrivileges: boolean;
  Seccomp: SeccompFact;
  /** /proc/<pid>/attr/current; '' where no security module has labels. */
  Label: string;
  OomScoreAdj: number;
  Limits: RlimitFact[];
}

export interface LayerFact {
  Role: 'upper' | 'work' | 'lower' | 'source';
  Path: string;
  /** Digest of the layer's uncompressed tar, where the image still is here. */
  Layer?: string;
}

export interface RootfsFact {
  /** `overlay`, or the file system that a bind shows. */
  Type: string;
  ReadOnly: boolean;
  /** Top first. */
  Stack: LayerFact[];
}

export interface MountFact {
  Target: string;
  Type: string;
  /** What of the file system is seen, or its source. */
  Source: string;
  Options: string[];
  /** Empty for private. */
  Propagation: string[];
}

export interface InterfaceFact {
  Name: string;
  Mac: string;
  Mtu: number;
  Up: boolean;
  /** IPv4 with prefix length. */
  Addresses: string[];
  /** What the container may send, in bits a second, where a token bucket holds it back. */
  SendRate?: number;
  /** The same for what it receives: a bucket on the host's end. */
  ReceiveRate?: number;
}

/** Something that was asked for and is not so. */
export interface Difference {
  What: string;
  Asked: string;
  Got: string;
}

export interface IsolationReport {
  Id: string;
  Name: string;
  /** init, as the engine sees it. */
  Pid: number;
  Namespaces: NamespaceFact[];
  UidMap: IdRange[];
  GidMap: IdRange[];
  /** Clock to seconds, for clocks that are shifted: `boottime` → `86400.000000000`. */
  TimeOffsets: Record<string, string>;
  Cgroups: CgroupFact[];
  Devices: DeviceFact;
  Process: ProcessFact;
  Rootfs: RootfsFact;
  MaskedPaths: string[];
  ReadonlyPaths: string[];
  Mounts: MountFact[];
  Network: InterfaceFact[];
  Differences: Difference[];
}
