// What a client may send about containers: the schemas of Docker Engine API v1.47, and the types inferred from them.
// Only the part that the engine honours is listed; other members are dropped.
// The small build of zod: these schemas are made at the start of every run and exec, and it makes them in a fraction
// of the time.
import * as z from 'zod/mini';

const nullableList = z.nullish(z.array(z.string()));
/** Docker takes a string or a list for commands. */
const command = z.nullish(z.union([z.string(), z.array(z.string())]));
const emptyObjects = z.nullish(z.record(z.string(), z.object({})));

export const portBindingSchema = z.object({
  HostIp: z.optional(z.string()),
  HostPort: z.optional(z.string()),
});

/** `PathInContainer` and `CgroupPermissions` are those of the path on the host and `rwm` where they are missing. */
const deviceMappingSchema = z.object({
  PathOnHost: z.string(),
  PathInContainer: z.optional(z.string()),
  CgroupPermissions: z.optional(z.string()),
});

/** Drivers for GPUs and CDI names; none is there, so they are refused in words. */
const deviceRequestSchema = z.object({
  Driver: z.optional(z.string()),
  Count: z.optional(z.int()),
  DeviceIDs: nullableList,
  Capabilities: z.nullish(z.array(z.array(z.string()))),
});

/** What a clock shows beyond the host's; nanoseconds are never negative, as in the kernel's timens_offsets. */
const timeOffsetSchema = z.object({ Secs: z.int(), Nanosecs: z.int() });

const mountSchema = z.object({
  Type: z.enum(['bind', 'volume', 'tmpfs', 'image', 'npipe', 'cluster']),
  Source: z.optional(z.string()),
  Target: z.string(),
  ReadOnly: z.optional(z.boolean()),
  Consistency: z.optional(z.string()),
  /** Ours, for binds and volumes: `U`, `idmap` or `idmap=uids=…;gids=…`, as in `-v source:target:idmap`. */
  Ownership: z.optional(z.string()),
  BindOptions: z.nullish(
    z.object({
      Propagation: z.optional(z.string()),
      NonRecursive: z.optional(z.boolean()),
      CreateMountpoint: z.optional(z.boolean()),
      ReadOnlyNonRecursive: z.optional(z.boolean()),
      ReadOnlyForceRecursive: z.optional(z.boolean()),
    }),
  ),
  VolumeOptions: z.nullish(
    z.object({
      NoCopy: z.optional(z.boolean()),
      Subpath: z.optional(z.string()),
      Labels: z.nullish(z.record(z.string(), z.string())),
      DriverConfig: z.nullish(
        z.object({ Name: z.optional(z.string()), Options: z.nullish(z.record(z.string(), z.string())) }),
      ),
    }),
  ),
  TmpfsOptions: z.nullish(z.object({ SizeBytes: z.optional(z.number()), Mode: z.optional(z.number()) })),
});

const throttledDevices = z.nullish(z.array(z.object({ Path: z.string(), Rate: z.int() })));

export const resourcesSchema = z.object({
  /** Bytes; 0 is no limit. */
  Memory: z.optional(z.int()),
  /** Memory plus swap in bytes; -1 is unlimited swap, 0 is twice Memory. */
  MemorySwap: z.optional(z.int()),
  MemoryReservation: z.optional(z.int()),
  MemorySwappiness: z.nullish(z.int()),
  /** Bytes. No kernel limits it any more: Docker warns, and so do we. */
  KernelMemory: z.optional(z.int()),
  OomKillDisable: z.nullish(z.boolean()),
  CpuShares: z.optional(z.int()),
  /** Microseconds. */
  CpuPeriod: z.optional(z.int()),
  /** Microseconds of CPU time in each period. */
  CpuQuota: z.optional(z.int()),
  /** Microseconds; only cgroup v1 has it. */
  CpuRealtimePeriod: z.optional(z.int()),
  /** Microseconds that real-time tasks may run in each period. */
  CpuRealtimeRuntime: z.optional(z.int()),
  /** 1e9 is one core. */
  NanoCpus: z.optional(z.int()),
  CpusetCpus: z.optional(z.string()),
  CpusetMems: z.optional(z.string()),
  /** 0 or -1 is no limit. */
  PidsLimit: z.nullish(z.int()),
  BlkioWeight: z.optional(z.int()),
  BlkioWeightDevice: z.nullish(z.array(z.object({ Path: z.string(), Weight: z.int() }))),
  /** Bytes per second; 0 is no limit, here and below. */
  BlkioDeviceReadBps: throttledDevices,
  BlkioDeviceWriteBps: throttledDevices,
  /** Operations per second. */
  BlkioDeviceReadIOps: throttledDevices,
  BlkioDeviceWriteIOps: throttledDevices,
  /**
   * Gantry's own; named as in the OCI runtime specification, since Docker has no flag for it. PageSize is `2MB`, Limit
   * is in bytes, -1 is no limit.
   */
  HugepageLimits: z.nullish(z.array(z.object({ PageSize: z.string(), Limit: z.int() }))),
});

/** Gantry's own. Bits per second as the container sees them; missing or 0 is no limit. */
const networkRateSchema = z.object({ In: z.optional(z.int()), Out: z.optional(z.int()) });

const restartPolicySchema = z.nullish(
  z.object({ Name: z.optional(z.string()), MaximumRetryCount: z.optional(z.int()) }),
);

export const hostConfigSchema = z.object({
  ...resourcesSchema.shape,
  AutoRemove: z.optional(z.boolean()),
  Binds: nullableList,
  Mounts: z.nullish(z.array(mountSchema)),
  Tmpfs: z.nullish(z.record(z.string(), z.string())),
  VolumesFrom: nullableList,
  VolumeDriver: z.optional(z.string()),
  NetworkMode: z.optional(z.string()),
  NetworkRate: z.nullish(networkRateSchema),
  PortBindings: z.nullish(z.record(z.string(), z.nullable(z.array(portBindingSchema)))),
  PublishAllPorts: z.optional(z.boolean()),
  RestartPolicy: restartPolicySchema,
  LogConfig: z.nullish(
    z.object({ Type: z.optional(z.string()), Config: z.nullish(z.record(z.string(), z.string())) }),
  ),
  CapAdd: nullableList,
  CapDrop: nullableList,
  CgroupParent: z.optional(z.string()),
  CgroupnsMode: z.optional(z.string()),
  Dns: nullableList,
  DnsOptions: nullableList,
  DnsSearch: nullableList,
  ExtraHosts: nullableList,
  GroupAdd: nullableList,
  IpcMode: z.optional(z.string()),
  PidMode: z.optional(z.string()),
  UTSMode: z.optional(z.string()),
  UsernsMode: z.optional(z.string()),
  OomScoreAdj: z.optional(z.int()),
  Privileged: z.optional(z.boolean()),
  ReadonlyRootfs: z.optional(z.boolean()),
  SecurityOpt: nullableList,
  /** Bytes. */
  ShmSize: z.optional(z.int()),
  Sysctls: z.nullish(z.record(z.string(), z.string())),
  Ulimits: z.nullish(
    z.array(
      z.object({
        Name: z.optional(z.string()),
        Soft: z.optional(z.int()),
        Hard: z.optional(z.int()),
      }),
    ),
  ),
  MaskedPaths: nullableList,
  ReadonlyPaths: nullableList,
  Init: z.nullish(z.boolean()),
  /** Podman's: `true` where the command is an init, `always`, or `false`. */
  Systemd: z.optional(z.string()),
  Devices: z.nullish(z.array(deviceMappingSchema)),
  /** `c 10:229 rwm` */
  DeviceCgroupRules: nullableList,
  DeviceRequests: z.nullish(z.array(deviceRequestSchema)),
  Isolation: z.optional(z.string()),
  Links: nullableList,
  Runtime: z.optional(z.string()),
  StorageOpt: z.nullish(z.record(z.string(), z.string())),
  /** Ours: `private` or `host` (the default). time_namespaces(7) */
  TimensMode: z.optional(z.string()),
  /** Ours, with a private time namespace. */
  TimeOffsets: z.nullish(
    z.object({ Monotonic: z.optional(timeOffsetSchema), Boottime: z.optional(timeOffsetSchema) }),
  ),
  ConsoleSize: z.nullish(z.array(z.int())),
  Annotations: z.nullish(z.record(z.string(), z.string())),
});

const endpointRequestSchema = z.object({
  IPAMConfig: z.nullish(
    z.object({ IPv4Address: z.optional(z.string()), IPv6Address: z.optional(z.string()) }),
  ),
  Aliases: nullableList,
  MacAddress: z.optional(z.string()),
});

export const containerConfigSchema = z.object({
  Hostname: z.optional(z.string()),
  Domainname: z.optional(z.string()),
  User: z.optional(z.string()),
  AttachStdin: z.optional(z.boolean()),
  AttachStdout: z.optional(z.boolean()),
  AttachStderr: z.optional(z.boolean()),
  Tty: z.optional(z.boolean()),
  OpenStdin: z.optional(z.boolean()),
  StdinOnce: z.optional(z.boolean()),
  Env: nullableList,
  Cmd: command,
  Entrypoint: command,
  Image: z.optional(z.string()),
  Labels: z.nullish(z.record(z.string(), z.string())),
  Volumes: emptyObjects,
  WorkingDir: z.optional(z.string()),
  NetworkDisabled: z.optional(z.boolean()),
  MacAddress: z.optional(z.string()),
  ExposedPorts: emptyObjects,
  StopSignal: z.optional(z.string()),
  /** Seconds. */
  StopTimeout: z.nullish(z.int()),
});

export const createContainerSchema = z.extend(containerConfigSchema, {
  /** A query parameter in Docker's HTTP API; dockerode takes it among the options. */
  name: z.optional(z.string()),
  platform: z.optional(z.string()),
  HostConfig: z.nullish(hostConfigSchema),
  NetworkingConfig: z.nullish(
    z.object({ EndpointsConfig: z.nullish(z.record(z.string(), z.nullable(endpointRequestSchema))) }),
  ),
});

/** `POST /containers/{id}/update`: what is missing or 0 stays as it is. */
export const updateContainerSchema = z.object({
  ...resourcesSchema.shape,
  RestartPolicy: restartPolicySchema,
  NetworkRate: z.nullish(networkRateSchema),
});

export const createExecSchema = z.object({
  AttachStdin: z.optional(z.boolean()),
  AttachStdout: z.optional(z.boolean()),
  AttachStderr: z.optional(z.boolean()),
  DetachKeys: z.optional(z.string()),
  Tty: z.optional(z.boolean()),
  Env: nullableList,
  Cmd: z.optional(z.array(z.string())),
  Privileged: z.optional(z.boolean()),
  User: z.optional(z.string()),
  WorkingDir: z.optional(z.string()),
  ConsoleSize: z.nullish(z.array(z.int())),
});

export type PortBinding = z.infer<typeof portBindingSchema>;
export type DeviceMapping = z.infer<typeof deviceMappingSchema>;
export type TimeOffset = z.infer<typeof timeOffsetSchema>;
export type MountRequest = z.infer<typeof mountSchema>;
export type Resources = z.infer<typeof resourcesSchema>;
export type HostConfig = z.infer<typeof hostConfigSchema>;
export type ContainerConfig = z.infer<typeof containerConfigSchema>;
export type CreateContainerRequest = z.infer<typeof createContainerSchema>;
/** One mount for a container that runs, in any of the ways in which a create request names them. */
export type AddMountRequest = Pick<HostConfig, 'Binds' | 'Mounts' | 'Tmpfs'> &
  Pick<ContainerConfig, 'Volumes'>;
export type UpdateContainerRequest = z.infer<typeof updateContainerSchema>;
export type NetworkRate = z.infer<typeof networkRateSchema>;
export type CreateExecRequest = z.infer<typeof createExecSchema>;
