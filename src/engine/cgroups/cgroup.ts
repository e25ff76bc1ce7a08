// The cgroups room: limits, freezing, killing and counting of a container's processes. Door of the room.
//
// Words. A *controller* (memory, cpu, pids …) is attached to one *hierarchy*: the unified one (v2), or one of its own
// or with others (v1). A machine may have both at once (the hybrid layout), so which version counts is decided per
// controller and never for the machine. A container's *cgroup* is here one thing, although it is one directory in
// each hierarchy that we use: `<parent>/<container id>`.
//
//   checkResources (at create) ─▶ prepare ─▶ create ─▶ [the shim joins procsFiles] ─▶ update, freeze, thaw, kill … ─▶ remove
//                                                └──────────── remove is right after any of these, any number of times ─┘
//
// The room keeps nothing in memory about a container that the next process could not find on disk, moves no process
// itself (but see makeRoom), and never touches a cgroup that is not below its parent.
import type { Mount } from '../../native/mount.ts';
import type { Resources } from '../api/container-request.ts';
import type { DeviceRule } from './device-rules.ts';

export const CONTROLLERS = [
  'cpu',
  'cpuacct',
  'cpuset',
  'memory',
  'pids',
  'blkio',
  'hugetlb',
  'freezer',
  'devices',
] as const;
/** Names of v1. With v2 cpuacct is part of cpu, blkio is called io, and freezer and devices are no controllers. */
export type Controller = (typeof CONTROLLERS)[number];

export interface Hierarchy {
  readonly version: 1 | 2;
  readonly mountPoint: string;
  /** v1: those that are co-mounted; v2: those that it offers. In v1's names. */
  readonly controllers: readonly Controller[];
}

export interface CgroupLayout {
  /** `hybrid` where v1 controllers and a v2 mount are both there. */
  readonly kind: 'v1' | 'v2' | 'hybrid' | 'none';
  readonly hierarchies: readonly Hierarchy[];
}

/** Where a container's cgroup is. */
export interface CgroupPlace {
  readonly containerId: string;
  /** HostConfig.CgroupParent, from the hierarchy's root; undefined or '' for the engine's own parent. */
  readonly parent?: string | undefined;
}

export interface CreateCgroup extends CgroupPlace {
  readonly resources: Resources;
  /** What may be made and opened; `all` (privileged) for every device of the machine. DEFAULT_DEVICE_RULES without it. */
  readonly devices?: readonly DeviceRule[] | 'all';
  /**
   * With v2 the processes start one level below, in a cgroup that becomes the root of what they see and that they may
   * divide as they like (systemd): the limits stand above it, where they can't reach.
   */
  readonly delegated?: DelegatedTo;
}

/** The container's root, as the host knows it. */
export interface DelegatedTo {
  readonly uid: number;
  readonly gid: number;
}

/** What the kernel will be asked for, and what it cannot do. */
export interface CheckedResources<T extends Resources = Resources> {
  readonly resources: T;
  /** Docker's “Your kernel does not support …”: the setting is dropped. */
  readonly warnings: readonly string[];
}

export interface Cgroup {
  readonly containerId: string;
  /** cgroup.procs in each hierarchy, for the launch plan; one with v2. */
  readonly procsFiles: readonly string[];
  /**
   * The same for a process that joins one that is in it. With v2 that may have gone to a cgroup below, and divided the
   * container's own: then nobody may be in that (cgroups(7), "no internal processes").
   */
  procsFilesBeside(pid: number): readonly string[];
  /** For clone3's CLONE_INTO_CGROUP; undefined where the unified hierarchy is not used. */
  readonly v2Directory: string | undefined;
  /** Where the container's monitor belongs; undefined leaves it where it is started. */
  readonly monitorDirectory: string | undefined;
  /** One a hierarchy. Directories and paths from the hierarchy's root (as /proc/<pid>/cgroup has it). */
  readonly directories: readonly { readonly hierarchy: Hierarchy; readonly path: string }[];

  /**
   * Writes the limits that are given and leaves others as they are. Throws what the kernel refuses, and then nothing
   * has changed. Answers what puts the former limits back.
   */
  update(resources: Resources): () => void;
  /** After it no process of the container runs. Bounded: throws where some could not be frozen within 10 s. */
  freeze(): Promise<void>;
  thaw(): Promise<void>;
  isFrozen(): boolean;
  /** SIGKILL to all of them, thawing first; resolves when none is left, throws after 10 s with those that stay. */
  kill(): Promise<void>;
  /** Of this cgroup and those below it, as seen from our pid namespace. */
  pids(): number[];
  /** How many processes the OOM killer took; undefined where the kernel does not count. */
  oomKills(): number | undefined;
  /** Removes it with everything below; retries while processes are still ending. Idempotent. */
  remove(): Promise<void>;
}

export interface Cgroups {
  readonly layout: CgroupLayout;
  /** Docker's names for who makes the parents of containers' cgroups: we, or systemd, which delegates them to us. */
  readonly driver: 'cgroupfs' | 'systemd';
  /** Of HostConfig.CgroupParent. Throws invalid-parameter. */
  checkParent(parent: string | undefined): void;
  /**
   * Docker's validation of a request at create and update. Throws invalid-parameter in Docker's words.
   */
  checkResources<T extends Resources>(resources: T): CheckedResources<T>;
  /** Before `create`. Has systemd make the unit that the cgroup will be in, where it is not there: once a boot. */
  prepare(place: CgroupPlace): Promise<void>;
  /**
   * Makes the directories and writes the limits. A leftover of the same container is taken over. On failure nothing
   * stays. Synchronous: about 0.1 ms a hierarchy.
   */
  create(request: CreateCgroup): Cgroup;
  /** Without looking at the kernel: what is not there reads as empty and is removed at once. */
  open(place: CgroupPlace): Cgroup;
  /** Ids that have a directory below the engine's own parent in any hierarchy. */
  list(): string[];
  /** What /sys/fs/cgroup is in the container, in order. */
  mounts(options: {
    readonly privileged: boolean;
    readonly cgroupns: 'private' | 'host';
    readonly place: CgroupPlace;
    /** Only the v2 tree, writable: see CreateCgroup. */
    readonly delegated?: boolean;
  }): Mount[];
}
