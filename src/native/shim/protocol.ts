// The shim: one small static C process per running container, and one per exec. Door of the room.
//
// Words. The *launch plan* is everything that happens between clone3 and execve, as data: the engine decides, the shim
// carries out, op by op, and holds no policy. The *monitor* is the process that stays: it owns the container's
// stdio, writes its log, serves attach clients, reaps the exit status and records it. *init* is the process that
// it starts: pid 1 of a container, or the child of an exec. A *supervisor* is an attach client that promised to
// clean up after the exit; without one, the monitor starts the plan's `cleanup` command.
//
//   engine                     shim                       monitor                    init
//     | posix_spawn(3 = control, 4 = plan, 5… = kept)
//     |------------------------->| parse, fork, exit
//     |                          |-------------------------->| clone3
//     |<- created {shimPid, initPid} ------------------------|-------------------------->| cgroups, namespaces,
//     |   (the plan names a network namespace of the engine) |   supplier (see below)    | mounts, pivot_root, user,
//     |                                                      |                           | caps, seccomp
//     |<- ready ---------------------------------------------|<--------------------------| waits
//     |-- go (may be sent earlier, is remembered) ---------->|-------------------------->| execve
//     |<- started {startedAt} -------------------------------|<- end of file by O_CLOEXEC
//     |   control socket closed                              | stdio, log, attach clients
//     |   any client: attach.sock                            |<- SIGCHLD
//     |                                                      | drain, exit record, exit frames, cleanup, end
//
// init waits with nothing left to do but execve, unless its seccomp program would not let it wait: then that is loaded after `go`.
//
// A start that fails: failed {stage, operation, errno, detail} in place of the next message, after all else: init is
// reaped, mounts and kept descriptors are gone, and the exit record holds the same. warning {…} comes at any time before
// `started`, for what went another way than asked (a clamped limit). An engine that goes away before `go` was received
// takes the container with it; one that goes away later does not.
//
// The monitor never parses JSON, never touches the network, ignores SIGTERM and its kin (stop has one owner: the
// engine, which signals init), and never outlives its container except to hand the rest of the output to clients.
// init has PR_SET_PDEATHSIG = SIGKILL, so it does not outlive its monitor.
//
// With a user namespace init has none of the host's privileges from its first moment. The monitor writes its maps, and a
// short-lived *supplier* (c/supply.h) with a mount namespace of its own makes what needs the host's privileges (layers and
// volumes with the container's ids, binds, device nodes) and hands them to init as detached mounts, in the order of the plan.
//
// A plan of kind `mount` has no monitor and no init: the spawned process opens the sources, joins the container's mount
// namespace by the pidfd, carries the ops out (bind, mount, unmount), says done {} or failed {…}, and ends.
//
// Files in runDir: attach.sock (mode 0600, gone when the monitor ends) and exit (the exit record, made by rename).
// C side of everything in this room: c/protocol.h.

/** Of the plan, the control messages and the attach frames together; both sides come from one build. */
export const SHIM_PROTOCOL_VERSION = 1;

export interface LaunchPlan {
  /** `mount`: nothing is started; the setup ops happen in a container that runs (mountPlan makes one). */
  readonly kind: 'container' | 'exec' | 'mount';
  /** Container or exec id, for the process title and messages. */
  readonly id: string;
  /** Absolute directory on the host; the shim makes attach.sock and exit in it. Any length. */
  readonly runDir: string;
  readonly namespaces: NamespacePlan;
  /**
   * The maps of the user namespace that the process is in: written where `unshare` makes one, known where it is taken
   * from another process. Exactly with NEWUSER among the namespaces.
   */
  readonly user?: IdMaps;
  /**
   * cgroup.procs files that init writes itself into before anything else: one per controller with cgroup v1,
   * one with v2. With v2 clone3 starts it there directly, where the kernel can.
   */
  readonly cgroupProcs: readonly string[];
  /** A v2 directory that the monitor is born in; without it, it stays in the cgroup of who starts it. */
  readonly monitorCgroup?: string | undefined;
  /** Set in the UTS namespace; needs one of its own. */
  readonly hostname?: string;
  readonly domainname?: string;
  /** Directory on the host that becomes the rootfs's mount point in the container's own mount namespace; '' with exec. */
  readonly rootfs: string;
  /** In order, in the new mount namespace, before pivot_root. Empty with exec. */
  readonly setup: readonly SetupOp[];
  readonly process: ProcessPlan;
  readonly stdio: StdioPlan;
  /** Docker's json-file. */
  readonly log?: LogPlan;
  /**
   * How many descriptors beyond the fixed ones the monitor holds until the container ends (the sockets that reserve
   * published ports); they never reach the container.
   */
  readonly keepFds: number;
  /** Started once, detached, after the exit was recorded and no supervisor cleaned up. args[0] is an absolute path. */
  readonly cleanup?: { readonly args: readonly string[]; readonly env: readonly string[] };
}

export interface NamespacePlan {
  /** CLONE_NEW* bits; a container needs NEWNS. */
  readonly unshare: number;
  /** Namespaces of other processes: `container:<id>` by /proc/<pid>/ns/net. */
  readonly join: readonly { readonly kind: number; readonly path: string }[];
  /**
   * CLONE_NEW* bits that are taken from the process behind the pidfd given to `launch` (exec: all of init's); a pid
   * that was taken by another process meanwhile can't be entered by mistake.
   */
  readonly fromPidfd: number;
  /** Lines of /proc/<pid>/timens_offsets (time_namespaces(7)), with NEWTIME in `unshare`. */
  readonly timeOffsets?: string;
}

/** A line of uid_map(5): ids `inside …` are `outside …` on the other side. */
export interface IdRange {
  readonly inside: number;
  readonly outside: number;
  readonly count: number;
}

/** Inside is the namespace, outside the host; or, of an idmapped mount: inside is the disk, outside what is shown. */
export interface IdMaps {
  readonly uids: readonly IdRange[];
  readonly gids: readonly IdRange[];
}

/**
 * Whose the files of a bind seem to be, by an idmapped mount (mount_setattr(2), MOUNT_ATTR_IDMAP). `container`: as in the
 * container's user namespace, so that 0 on disk is its root. Otherwise by maps of its own; with `ownedByUser`, the ids of the
 * source's owner and of the process's user change places first.
 */
export type BindIdmap = 'container' | (IdMaps & { readonly ownedByUser: boolean });

export interface ProcessPlan {
  /** args[0] is looked up in the PATH of `env`, in the rootfs, as the user. */
  readonly args: readonly string[];
  /** HOME is added from the passwd entry where it is missing, and PATH's default is Docker's. */
  readonly env: readonly string[];
  /** Made with its parents where it is missing. */
  readonly cwd: string;
  /** '' (root), a uid, a name, `user:group`; looked up in the rootfs's /etc/passwd and /etc/group as Docker does. */
  readonly user: string;
  /** Names or gids. */
  readonly additionalGroups: readonly string[];
  readonly umask: number;
  readonly capabilities: CapabilityMasks;
  readonly noNewPrivileges: boolean;
  /** RLIMIT_* number; limits above what this process may grant are clamped, with a warning. */
  readonly rlimits: readonly { readonly resource: number; readonly soft: bigint; readonly hard: bigint }[];
  readonly oomScoreAdj?: number;
  /** struct sock_filter[]; empty for none. */
  readonly seccomp: Uint8Array;
  /** Pid 1 is the shim's own reaper, which forks the entry point and forwards signals (--init). */
  readonly init: boolean;
  /** What the entry point runs under (aa_change_onexec); a profile that is not loaded fails the start. */
  readonly apparmorProfile?: string;
}

/** Bit n is capability n of <linux/capability.h>. */
export interface CapabilityMasks {
  readonly bounding: bigint;
  readonly effective: bigint;
  readonly permitted: bigint;
  readonly inheritable: bigint;
  readonly ambient: bigint;
}

export interface StdioPlan {
  /** A pty of the container's own devpts; otherwise pipes. */
  readonly terminal: boolean;
  /** 0 leaves the kernel's own size. */
  readonly rows: number;
  readonly cols: number;
  /** Without it stdin is /dev/null (with a terminal: nothing is forwarded). */
  readonly openStdin: boolean;
  /** Close stdin when the first client that attached stdin ends it or goes. */
  readonly stdinOnce: boolean;
}

export interface LogPlan {
  readonly path: string;
  /** Rotated before a line would go over it; 0 for never. */
  readonly maxBytes: number;
  /** path, path.1 … path.<maxFiles - 1>; with 1 the file is emptied. */
  readonly maxFiles: number;
}

/** Of a bind or of the rootfs; the r-forms take everything mounted below along. */
export type Propagation = (typeof PROPAGATIONS)[number];

export const PROPAGATIONS = [
  'private',
  'rprivate',
  'slave',
  'rslave',
  'shared',
  'rshared',
  'unbindable',
  'runbindable',
] as const;

/**
 * Targets are paths in the rootfs, resolved by the kernel inside it (openat2 with RESOLVE_IN_ROOT): a symbolic link
 * can't lead out. Missing mount points and parents are made there. Sources are paths on the host.
 */
export type SetupOp =
  | {
      readonly op: 'overlay';
      /** Topmost first, at most 500; may hold any character. */
      readonly lowerdirs: readonly string[];
      /** '' together with workdir '' for a read-only overlay. */
      readonly upperdir: string;
      readonly workdir: string;
      /** '' is the rootfs itself. */
      readonly target: string;
      /** Further options of overlayfs: `metacopy=on`, `userxattr`. */
      readonly options: readonly string[];
      /**
       * A directory on the host that all of them lie in, on one mount. With a user namespace: what is in it is shown with
       * the container's ids. Without, and where it is missing, layers are shown as they are.
       */
      readonly base?: string;
    }
  | {
      /** The mount point is made as a file or a directory, whichever the source is. Target '' is the rootfs itself. */
      readonly op: 'bind';
      readonly source: string;
      /** A directory above the source, whose content containers write: no link on the way may lead out of it. */
      readonly beneath?: string;
      readonly target: string;
      readonly recursive: boolean;
      /** Everything below as well, with `recursive` and where the kernel can (5.12). */
      readonly readonly: boolean;
      readonly nosuid: boolean;
      readonly nodev: boolean;
      readonly noexec: boolean;
      readonly propagation: Propagation;
      /** Path of a mount namespace (/proc/<pid>/ns/mnt) in which the source is found, without following links. */
      readonly mountNamespace?: string;
      readonly idmap?: BindIdmap;
    }
  | {
      /** mount(2): proc, sysfs, tmpfs, devpts, mqueue, cgroup, cgroup2 … */
      readonly op: 'mount';
      readonly type: string;
      readonly source: string;
      readonly target: string;
      /** MS_* */
      readonly flags: number;
      readonly data: string;
    }
  | {
      /** Parents as well; an existing directory stays as it is. */
      readonly op: 'mkdir';
      readonly target: string;
      readonly mode: number;
      readonly uid: number;
      readonly gid: number;
    }
  | {
      /** Something that is already there stays as it is. */
      readonly op: 'symlink';
      readonly target: string;
      readonly linkTo: string;
    }
  | {
      /** Where mknod is refused, the host's node at `hostPath` is bound, or that of the same path. */
      readonly op: 'mknod';
      readonly target: string;
      /** S_IFCHR, S_IFBLK or S_IFIFO with permissions. */
      readonly mode: number;
      readonly major: number;
      readonly minor: number;
      readonly uid: number;
      readonly gid: number;
      readonly hostPath?: string;
    }
  | { readonly op: 'file'; readonly target: string; readonly content: Uint8Array; readonly mode: number }
  /** A file reads as empty, a directory as empty and read-only; a missing one is left alone. */
  | { readonly op: 'mask'; readonly target: string }
  /** With everything below; a missing one is left alone. */
  | { readonly op: 'readonlyPath'; readonly target: string }
  /** `key` is a path below /proc/sys: net/ipv4/ip_forward. */
  | { readonly op: 'sysctl'; readonly key: string; readonly value: string }
  /** The rootfs itself, not what is mounted below. */
  | { readonly op: 'remountRoot'; readonly readonly: boolean }
  /** '' is the rootfs itself. */
  | { readonly op: 'propagation'; readonly target: string; readonly propagation: Propagation }
  /** Only in plans of kind `mount`. */
  | {
      readonly op: 'unmount';
      /** A mount point as /proc/<pid>/mountinfo names it, free of symbolic links. */
      readonly target: string;
      /** First field of mountinfo: what is mounted there by then must still be this. */
      readonly mountId: number;
      /** Out of sight at once, gone when nobody uses it any more (MNT_DETACH). */
      readonly detach: boolean;
    };

/** Where in a start something failed. */
export const SHIM_STAGES = [
  'plan',
  'monitor',
  'cgroup',
  'namespaces',
  'rootfs',
  'mounts',
  'terminal',
  'user',
  'cwd',
  'confine',
  'exec',
  'engine',
] as const;
export type ShimStage = (typeof SHIM_STAGES)[number];

/** What failed: `operation` is a system call or a step, `detail` what it was tried on, errno 0 where no call failed. */
export interface ShimFailure {
  readonly stage: ShimStage;
  readonly operation: string;
  readonly errno: number;
  readonly detail: string;
}

/** From the monitor to the engine, on the control socket. */
export type ControlMessage =
  | { readonly type: 'created'; readonly shimPid: number; readonly initPid: number }
  | { readonly type: 'ready' }
  /** RFC 3339 with nanoseconds, UTC, as Docker's State.StartedAt. */
  | { readonly type: 'started'; readonly startedAt: string }
  /** A plan of kind `mount` was carried out. */
  | { readonly type: 'done' }
  | ({ readonly type: 'failed' } & ShimFailure)
  | ({ readonly type: 'warning' } & ShimFailure);

/** How init ended. exitCode is 128 + signal where it was killed. */
export interface ExitStatus {
  readonly exitCode: number;
  /** 0 where it was not killed. */
  readonly signal: number;
}

/** What an attach client asks for in its hello. */
export interface AttachWants {
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  /** This client cleans up after the exit and says `cleaned`; going away without that starts the plan's cleanup. */
  readonly supervisor: boolean;
  /** A slow client loses output (and is told how much) where it would otherwise slow the container down. */
  readonly lossy: boolean;
}

export type ClientFrame =
  | ({ readonly type: 'hello'; readonly version: number } & AttachWants)
  | { readonly type: 'stdin'; readonly data: Uint8Array }
  | { readonly type: 'stdinEof' }
  | { readonly type: 'resize'; readonly rows: number; readonly cols: number }
  | { readonly type: 'cleaned' };

export type ShimFrame =
  | {
      readonly type: 'helloAck';
      readonly version: number;
      readonly terminal: boolean;
      readonly openStdin: boolean;
    }
  | { readonly type: 'stdout'; readonly data: Buffer }
  | { readonly type: 'stderr'; readonly data: Buffer }
  /** So many bytes of output were left out here, for a lossy client that did not keep up. */
  | { readonly type: 'lost'; readonly bytes: number }
  | ({ readonly type: 'exit' } & ExitStatus);

/** runDir/exit, parsed by exit-record.ts. */
export interface ExitRecord extends ExitStatus {
  readonly id: string;
  /** RFC 3339 with nanoseconds; undefined where init was never started. */
  readonly startedAt: string | undefined;
  readonly finishedAt: string;
  /** Log lines that could not be written (full disk). */
  readonly logDropped: number;
  /** Why init was never started. */
  readonly failure: ShimFailure | undefined;
}
