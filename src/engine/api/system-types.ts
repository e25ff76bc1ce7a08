// The machine and the engine as the Docker Engine API v1.47 shows them, and what Gantry adds to it.
import type { ContainerSummary } from './container-types.ts';
import type { ImageSummary } from './image-types.ts';
import type { VolumeInspect } from './volume-types.ts';

/** One JSON line of the event stream. */
export interface EventMessage {
  /** container, image, volume or network. */
  Type: string;
  /** create, start, die, exec_start: …, pull, mount … */
  Action: string;
  Actor: { ID: string; Attributes: Record<string, string> };
  scope: string;
  /** Seconds since 1970. */
  time: number;
  timeNano: number;
  /** The pre-1.22 names, which some clients still read. */
  status?: string;
  id?: string;
  from?: string;
}

export interface SystemInfo {
  ID: string;
  Name: string;
  Containers: number;
  ContainersRunning: number;
  ContainersPaused: number;
  ContainersStopped: number;
  Images: number;
  Driver: string;
  DriverStatus: [string, string][];
  KernelVersion: string;
  OperatingSystem: string;
  OSType: string;
  Architecture: string;
  NCPU: number;
  /** Bytes. */
  MemTotal: number;
  ServerVersion: string;
  DockerRootDir: string;
  CgroupDriver: string;
  CgroupVersion: string;
  LoggingDriver: string;
  SecurityOptions: string[];
  Warnings: string[] | null;
}

export interface VersionInfo {
  Version: string;
  ApiVersion: string;
  MinAPIVersion?: string;
  Os: string;
  Arch: string;
  KernelVersion?: string;
}

export interface DiskUsage {
  LayersSize: number;
  Images: ImageSummary[];
  Containers: ContainerSummary[];
  Volumes: VolumeInspect[];
  BuildCache: { Size: number }[];
  /** Bytes of all containers' logs; Docker's `df` forgets them. */
  LogsSize?: number;
}

/** One pressure stall line, per cent of time in the last 10, 60 and 300 seconds (kernel doc accounting/psi). */
export interface PressureAverages {
  readonly avg10: number;
  readonly avg60: number;
  readonly avg300: number;
}

/** What the kernel says of one running container at one moment: counters, not rates. */
export interface ContainerSample {
  readonly id: string;
  /** Monotonic, nanoseconds: rates come from differences of these. */
  readonly takenAtNs: number;
  readonly cpuNanos: number;
  readonly throttledNanos: number;
  /** Cores that the quota allows; undefined without one. */
  readonly cpuLimitCores: number | undefined;
  /** Without inactive file pages, as `docker stats` counts. */
  readonly memoryBytes: number;
  readonly memoryLimitBytes: number | undefined;
  readonly pids: number;
  readonly pidsLimit: number | undefined;
  readonly blockReadBytes: number;
  readonly blockWriteBytes: number;
  /** Sums over all interfaces, seen from the container. */
  readonly networkRxBytes: number;
  readonly networkTxBytes: number;
  readonly oomKills: number | undefined;
  /** Where the kernel has pressure stall information for cgroups (v2). */
  readonly pressure: Readonly<Partial<Record<'cpu' | 'memory' | 'io', PressureAverages>>> | undefined;
}

/** One line of `gantry doctor`. */
export interface Finding {
  readonly name: string;
  readonly group: 'kernel' | 'library' | 'permission' | 'network' | 'storage' | 'tool';
  readonly state: 'ok' | 'warning' | 'missing';
  /** What was seen. */
  readonly detail: string;
  /** The command or change that mends it; only where something is wrong. */
  readonly remedy?: string;
}
