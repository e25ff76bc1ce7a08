// Containers as the Docker Engine API v1.47 shows them. Docker's own key names; types are as wide as dockerode's,
// so that a real Dockerode instance can stand in for our engine.
import type { HostConfig } from './container-request.ts';
import type { PortMap } from './network-types.ts';

/** One line of `ps`. `PublicPort` is missing where a port is exposed and not published. */
export interface Port {
  IP?: string;
  PrivatePort: number;
  PublicPort?: number;
  /** tcp, udp or sctp. */
  Type: string;
}

export interface MountPoint {
  /** bind, volume or tmpfs. */
  Type: string;
  /** Of a volume. */
  Name?: string | undefined;
  /** Path on the host; empty for tmpfs. */
  Source: string;
  Destination: string;
  Driver?: string | undefined;
  /** As the user wrote it: `ro`, `z` … */
  Mode: string;
  RW: boolean;
  Propagation: string;
}

/** A container's link to a network, as wide as dockerode's type. Ours is the narrower EndpointSettings. */
export interface EndpointInfo {
  IPAMConfig?: { IPv4Address?: string | undefined } | null;
  Links?: string[] | null;
  Aliases?: string[] | null;
  NetworkID: string;
  EndpointID: string;
  Gateway: string;
  IPAddress: string;
  IPPrefixLen: number;
  IPv6Gateway: string;
  GlobalIPv6Address: string;
  GlobalIPv6PrefixLen: number;
  MacAddress: string;
}

export interface ContainerSummary {
  Id: string;
  /** Each with a leading slash. */
  Names: string[];
  Image: string;
  ImageID: string;
  Command: string;
  /** Seconds since 1970. */
  Created: number;
  Ports: Port[];
  Labels: Record<string, string>;
  /** created, running, paused, restarting, removing, exited or dead. */
  State: string;
  /** For people: `Up 3 minutes`, `Exited (0) 2 hours ago`. */
  Status: string;
  HostConfig: { NetworkMode: string };
  NetworkSettings: { Networks: Record<string, EndpointInfo> };
  Mounts: MountPoint[];
  /** Gantry's own: true where it ended and the kernel had killed one of its processes for its memory. */
  OOMKilled?: boolean;
  /** Bytes in the writable layer; only when asked for. */
  SizeRw?: number;
  SizeRootFs?: number;
}

export interface ContainerStateInfo {
  Status: string;
  Running: boolean;
  Paused: boolean;
  Restarting: boolean;
  OOMKilled: boolean;
  Dead: boolean;
  Pid: number;
  ExitCode: number;
  Error: string;
  /** RFC 3339 with nanoseconds; `0001-01-01T00:00:00Z` means never. */
  StartedAt: string;
  FinishedAt: string;
  /** There are no health checks yet; scripts ask whether there is one. */
  Health?: object | undefined;
}

export interface ContainerConfigInfo {
  Hostname: string;
  Domainname: string;
  User: string;
  AttachStdin: boolean;
  AttachStdout: boolean;
  AttachStderr: boolean;
  ExposedPorts?: Record<string, object> | undefined;
  Tty: boolean;
  OpenStdin: boolean;
  StdinOnce: boolean;
  Env: string[];
  Cmd: string[] | null;
  Image: string;
  Volumes?: Record<string, object> | null;
  WorkingDir: string;
  Entrypoint?: string | string[] | null | undefined;
  Labels: Record<string, string>;
  StopSignal?: string;
  StopTimeout?: number | undefined;
  /** As with State.Health. */
  Healthcheck?: object | undefined;
}

/** As user_namespaces(7) has it, in the OCI's words. */
export interface IdMapping {
  ContainerID: number;
  HostID: number;
  Size: number;
}

export interface ContainerInspect {
  Id: string;
  Created: string;
  Path: string;
  Args: string[];
  State: ContainerStateInfo;
  Image: string;
  ResolvConfPath: string;
  HostnamePath: string;
  HostsPath: string;
  LogPath: string;
  /** With a leading slash. */
  Name: string;
  RestartCount: number;
  Driver: string;
  Platform: string;
  MountLabel: string;
  ProcessLabel: string;
  AppArmorProfile: string;
  ExecIDs?: string[] | null | undefined;
  HostConfig: HostConfig;
  /** Ours: what the container's ids are on the host; null with the host's own. */
  UserNamespace?: { UidMap: IdMapping[]; GidMap: IdMapping[] } | null;
  GraphDriver: { Name: string; Data: Record<string, string> | object };
  SizeRw?: number;
  SizeRootFs?: number;
  Mounts: MountPoint[];
  Config: ContainerConfigInfo;
  NetworkSettings: {
    SandboxID: string;
    SandboxKey: string;
    /** Of the default bridge, at the top: what most people's templates name. Docker dropped it in API v1.52. */
    IPAddress?: string;
    IPPrefixLen?: number;
    Gateway?: string;
    MacAddress?: string;
    Ports: PortMap;
    Networks: Record<string, EndpointInfo>;
  };
}

export interface TopResult {
  Titles: string[];
  Processes: string[][];
}

export interface WaitResult {
  StatusCode: number;
  Error?: { Message: string } | null;
}

/** Of `diff`. */
export interface FileChange {
  Path: string;
  /** 0 modified, 1 added, 2 deleted. */
  Kind: 0 | 1 | 2;
}

export interface ExecInspect {
  ID: string;
  ContainerID: string;
  Running: boolean;
  /** Null while it runs. */
  ExitCode: number | null;
  Pid: number;
  OpenStdin: boolean;
  OpenStderr: boolean;
  OpenStdout: boolean;
  CanRemove: boolean;
  DetachKeys: string;
  ProcessConfig: { privileged: boolean; user: string; tty: boolean; entrypoint: string; arguments: string[] };
}

interface CpuStats {
  cpu_usage: {
    /** Nanoseconds. */
    total_usage: number;
    usage_in_usermode: number;
    usage_in_kernelmode: number;
    percpu_usage?: number[];
  };
  /** Nanoseconds of all cores since boot. */
  system_cpu_usage: number;
  online_cpus: number;
  throttling_data: { periods: number; throttled_periods: number; throttled_time: number };
}

export interface NetworkCounters {
  rx_bytes: number;
  rx_packets: number;
  rx_errors: number;
  rx_dropped: number;
  tx_bytes: number;
  tx_packets: number;
  tx_errors: number;
  tx_dropped: number;
}

/** One line of `GET /containers/{id}/stats`. */
export interface ContainerStats {
  id?: string;
  name?: string;
  read: string;
  preread: string;
  num_procs: number;
  pids_stats?: { current?: number; limit?: number };
  cpu_stats: CpuStats;
  precpu_stats: CpuStats;
  memory_stats: {
    usage: number;
    max_usage?: number;
    limit: number;
    failcnt?: number;
    stats: object;
  };
  blkio_stats?: {
    io_service_bytes_recursive: { major: number; minor: number; op: string; value: number }[] | null;
  };
  networks: Record<string, NetworkCounters>;
}

/** A copy's source or target inside a container, from the `X-Docker-Container-Path-Stat` header. */
export interface PathStat {
  name: string;
  size: number;
  /** Go's os.FileMode bits. */
  mode: number;
  mtime: string;
  linkTarget: string;
}
