// The security room: what a container may do and see unless somebody asks for something else. Door of the room.
//
// Words. The *bounding* set is the most that any process of the container can ever get; *effective* and *permitted*
// are what it has; *inheritable* and *ambient* stay empty as in Docker. A *masked* path reads as empty, a *read-only*
// path keeps its content. A *seccomp filter* is the BPF program that the kernel runs on every system call.
//
//   HostConfig ─▶ securityOptions, capabilityMasks ─▶ seccomp filter for these capabilities ─▶ launch plan
//
// Everything here is data or a pure function on it, except the compiled filters and their cache. The room never
// applies anything: the shim does, after the mounts and before execve.
//
// Values are those of Docker 29 (moby: daemon/pkg/oci/defaults.go, daemon/pkg/oci/caps/defaults.go, daemon/oci_linux.go).
import type { Mount } from '../../native/mount.ts';

/** A character device as the OCI runtime specification has it (config-linux.md, "Devices"). */
export interface SpecDevice {
  readonly path: string;
  readonly type: 'c';
  readonly major: number;
  readonly minor: number;
  readonly fileMode: number;
  readonly uid: number;
  readonly gid: number;
}

/** The 14 of moby's oci/caps/defaults.go. */
export const DEFAULT_CAPABILITIES = [
  'CAP_CHOWN',
  'CAP_DAC_OVERRIDE',
  'CAP_FSETID',
  'CAP_FOWNER',
  'CAP_MKNOD',
  'CAP_NET_RAW',
  'CAP_SETGID',
  'CAP_SETUID',
  'CAP_SETFCAP',
  'CAP_SETPCAP',
  'CAP_NET_BIND_SERVICE',
  'CAP_SYS_CHROOT',
  'CAP_KILL',
  'CAP_AUDIT_WRITE',
] as const;

/** HostConfig.MaskedPaths where the client leaves it out; empty for a privileged container. */
export const MASKED_PATHS: readonly string[] = [
  '/proc/acpi',
  '/proc/asound',
  '/proc/interrupts',
  '/proc/kcore',
  '/proc/keys',
  '/proc/latency_stats',
  '/proc/sched_debug',
  '/proc/scsi',
  '/proc/timer_list',
  '/proc/timer_stats',
  '/sys/devices/virtual/powercap',
  '/sys/firmware',
];

/** HostConfig.ReadonlyPaths where the client leaves it out; empty for a privileged container. */
export const READONLY_PATHS: readonly string[] = [
  '/proc/bus',
  '/proc/fs',
  '/proc/irq',
  '/proc/sys',
  '/proc/sysrq-trigger',
];

function device(name: string, major: number, minor: number): SpecDevice {
  return { path: `/dev/${name}`, type: 'c', major, minor, fileMode: 0o666, uid: 0, gid: 0 };
}

/** The devices that the OCI runtime specification promises; numbers of the kernel's admin-guide/devices.txt. */
export const DEFAULT_DEVICES: readonly SpecDevice[] = [
  device('null', 1, 3),
  device('zero', 1, 5),
  device('full', 1, 7),
  device('random', 1, 8),
  device('urandom', 1, 9),
  device('tty', 5, 0),
];

/** Links in /dev: name to target. */
export const DEVICE_LINKS: readonly (readonly [path: string, target: string])[] = [
  ['/dev/fd', '/proc/self/fd'],
  ['/dev/stdin', '/proc/self/fd/0'],
  ['/dev/stdout', '/proc/self/fd/1'],
  ['/dev/stderr', '/proc/self/fd/2'],
  ['/dev/ptmx', 'pts/ptmx'],
  ['/dev/core', '/proc/kcore'],
];

/** Bytes of /dev/shm. */
export const DEFAULT_SHM_BYTES = 64 * 1024 * 1024;

export interface DefaultMountOptions {
  /** HostConfig.ShmSize; 0 or undefined is the default. */
  readonly shmBytes?: number | undefined;
  /** /sys and the cgroups are writable in a privileged container. */
  readonly privileged: boolean;
  /** /dev/shm: a new one, a directory that is bound, or none (HostConfig.IpcMode). */
  readonly shm: string | undefined;
  /** False where another user namespace owns the network namespace: then sysfs cannot be mounted and /sys is bound. */
  readonly freshSysfs: boolean;
  /** False where another user namespace owns the ipc namespace. */
  readonly freshMqueue: boolean;
}

/** Before the user's own mounts, in this order. /sys/fs/cgroup is `cgroupMounts` of the cgroups room. */
export function defaultMounts(options: DefaultMountOptions): Mount[] {
  const access = options.privileged ? 'rw' : 'ro';
  return [
    mount('/proc', 'proc', ['nosuid', 'noexec', 'nodev']),
    mount('/dev', 'tmpfs', ['nosuid', 'strictatime', 'mode=755', 'size=65536k']),
    mount('/dev/pts', 'devpts', ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620', 'gid=5']),
    options.freshSysfs
      ? mount('/sys', 'sysfs', ['nosuid', 'noexec', 'nodev', access])
      : {
          destination: '/sys',
          type: 'bind',
          source: '/sys',
          options: ['rbind', 'nosuid', 'noexec', 'nodev', access],
        },
    ...(options.freshMqueue ? [mount('/dev/mqueue', 'mqueue', ['nosuid', 'noexec', 'nodev'])] : []),
    ...(options.shm === undefined ? [] : [shmMount(options.shm, options.shmBytes)]),
  ];
}

function mount(destination: string, type: string, options: readonly string[]): Mount {
  return { destination, type, source: type, options };
}

function shmMount(source: string, shmBytes = 0): Mount {
  const destination = '/dev/shm';
  if (source !== 'own') return { destination, type: 'bind', source, options: ['rbind', 'rprivate'] };
  const size = shmBytes > 0 ? shmBytes : DEFAULT_SHM_BYTES;
  return {
    destination,
    type: 'tmpfs',
    source: 'shm',
    options: ['nosuid', 'noexec', 'nodev', 'mode=1777', `size=${size}`],
  };
}

export interface SysctlOptions {
  readonly privileged: boolean;
  /** A network namespace of its own: the two keys belong to that namespace. */
  readonly ownNetwork: boolean;
  /** The last group up to which the container has all: the kernel takes no others for ping_group_range. */
  readonly lastGroup?: number;
  /** HostConfig.Sysctls, dots as separators. */
  readonly requested: Readonly<Record<string, string>>;
}

/** Sysctls of the container: Docker's defaults (since 20.10) where the client does not name them. */
export function defaultSysctls(options: SysctlOptions): Record<string, string> {
  const { lastGroup = 2_147_483_647 } = options;
  const defaults = options.ownNetwork
    ? { 'net.ipv4.ip_unprivileged_port_start': '0', 'net.ipv4.ping_group_range': `0 ${lastGroup}` }
    : {};
  return { ...defaults, ...options.requested };
}
