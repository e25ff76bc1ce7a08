// What a client may send about containers: the schemas of Docker Engine API v1.47, and the types inferred from them.
// Only the part that the engine honours is listed; other members are dropped.
import { z } from 'zod';

const nullableList = z.array(z.string()).nullish();
/** Docker takes a string or a list for commands. */
const command = z.union([z.string(), z.array(z.string())]).nullish();
const emptyObjects = z.record(z.string(), z.object({})).nullish();

export const portBindingSchema = z.object({
  HostIp: z.string().optional(),
  HostPort: z.string().optional(),
});

const mountSchema = z.object({
  Type: z.enum(['bind', 'volume', 'tmpfs', 'image', 'npipe', 'cluster']),
  Source: z.string().optional(),
  Target: z.string(),
  ReadOnly: z.boolean().optional(),
  Consistency: z.string().optional(),
  BindOptions: z
    .object({
      Propagation: z.string().optional(),
      NonRecursive: z.boolean().optional(),
      CreateMountpoint: z.boolean().optional(),
      ReadOnlyNonRecursive: z.boolean().optional(),
      ReadOnlyForceRecursive: z.boolean().optional(),
    })
    .nullish(),
  VolumeOptions: z
    .object({
      NoCopy: z.boolean().optional(),
      Subpath: z.string().optional(),
      Labels: z.record(z.string(), z.string()).nullish(),
      DriverConfig: z
        .object({ Name: z.string().optional(), Options: z.record(z.string(), z.string()).nullish() })
        .nullish(),
    })
    .nullish(),
  TmpfsOptions: z.object({ SizeBytes: z.number().optional(), Mode: z.number().optional() }).nullish(),
});

export const resourcesSchema = z.object({
  /** Bytes; 0 is no limit. */
  Memory: z.number().int().optional(),
  /** Memory plus swap in bytes; -1 is unlimited swap, 0 is twice Memory. */
  MemorySwap: z.number().int().optional(),
  MemoryReservation: z.number().int().optional(),
  MemorySwappiness: z.number().int().nullish(),
  OomKillDisable: z.boolean().nullish(),
  CpuShares: z.number().int().optional(),
  /** Microseconds. */
  CpuPeriod: z.number().int().optional(),
  /** Microseconds of CPU time in each period. */
  CpuQuota: z.number().int().optional(),
  /** 1e9 is one core. */
  NanoCpus: z.number().int().optional(),
  CpusetCpus: z.string().optional(),
  CpusetMems: z.string().optional(),
  /** 0 or -1 is no limit. */
  PidsLimit: z.number().int().nullish(),
  BlkioWeight: z.number().int().optional(),
});

export const hostConfigSchema = z.object({
  ...resourcesSchema.shape,
  AutoRemove: z.boolean().optional(),
  Binds: nullableList,
  Mounts: z.array(mountSchema).nullish(),
  Tmpfs: z.record(z.string(), z.string()).nullish(),
  VolumesFrom: nullableList,
  VolumeDriver: z.string().optional(),
  NetworkMode: z.string().optional(),
  PortBindings: z.record(z.string(), z.array(portBindingSchema).nullable()).nullish(),
  PublishAllPorts: z.boolean().optional(),
  RestartPolicy: z
    .object({ Name: z.string().optional(), MaximumRetryCount: z.number().int().optional() })
    .nullish(),
  LogConfig: z
    .object({ Type: z.string().optional(), Config: z.record(z.string(), z.string()).nullish() })
    .nullish(),
  CapAdd: nullableList,
  CapDrop: nullableList,
  CgroupParent: z.string().optional(),
  CgroupnsMode: z.string().optional(),
  Dns: nullableList,
  DnsOptions: nullableList,
  DnsSearch: nullableList,
  ExtraHosts: nullableList,
  GroupAdd: nullableList,
  IpcMode: z.string().optional(),
  PidMode: z.string().optional(),
  UTSMode: z.string().optional(),
  UsernsMode: z.string().optional(),
  OomScoreAdj: z.number().int().optional(),
  Privileged: z.boolean().optional(),
  ReadonlyRootfs: z.boolean().optional(),
  SecurityOpt: nullableList,
  /** Bytes. */
  ShmSize: z.number().int().optional(),
  Sysctls: z.record(z.string(), z.string()).nullish(),
  Ulimits: z
    .array(
      z.object({
        Name: z.string().optional(),
        Soft: z.number().int().optional(),
        Hard: z.number().int().optional(),
      }),
    )
    .nullish(),
  MaskedPaths: nullableList,
  ReadonlyPaths: nullableList,
  Init: z.boolean().nullish(),
  ConsoleSize: z.array(z.number().int()).nullish(),
  Annotations: z.record(z.string(), z.string()).nullish(),
});

const endpointRequestSchema = z.object({
  IPAMConfig: z.object({ IPv4Address: z.string().optional(), IPv6Address: z.string().optional() }).nullish(),
  Aliases: nullableList,
  MacAddress: z.string().optional(),
});

export const containerConfigSchema = z.object({
  Hostname: z.string().optional(),
  Domainname: z.string().optional(),
  User: z.string().optional(),
  AttachStdin: z.boolean().optional(),
  AttachStdout: z.boolean().optional(),
  AttachStderr: z.boolean().optional(),
  Tty: z.boolean().optional(),
  OpenStdin: z.boolean().optional(),
  StdinOnce: z.boolean().optional(),
  Env: nullableList,
  Cmd: command,
  Entrypoint: command,
  Image: z.string().optional(),
  Labels: z.record(z.string(), z.string()).nullish(),
  Volumes: emptyObjects,
  WorkingDir: z.string().optional(),
  NetworkDisabled: z.boolean().optional(),
  MacAddress: z.string().optional(),
  ExposedPorts: emptyObjects,
  StopSignal: z.string().optional(),
  /** Seconds. */
  StopTimeout: z.number().int().nullish(),
});

export const createContainerSchema = containerConfigSchema.extend({
  /** A query parameter in Docker's HTTP API; dockerode takes it among the options. */
  name: z.string().optional(),
  platform: z.string().optional(),
  HostConfig: hostConfigSchema.nullish(),
  NetworkingConfig: z
    .object({ EndpointsConfig: z.record(z.string(), endpointRequestSchema.nullable()).nullish() })
    .nullish(),
});

export const createExecSchema = z.object({
  AttachStdin: z.boolean().optional(),
  AttachStdout: z.boolean().optional(),
  AttachStderr: z.boolean().optional(),
  DetachKeys: z.string().optional(),
  Tty: z.boolean().optional(),
  Env: nullableList,
  Cmd: z.array(z.string()).optional(),
  Privileged: z.boolean().optional(),
  User: z.string().optional(),
  WorkingDir: z.string().optional(),
  ConsoleSize: z.array(z.number().int()).nullish(),
});

export type PortBinding = z.infer<typeof portBindingSchema>;
export type MountRequest = z.infer<typeof mountSchema>;
export type Resources = z.infer<typeof resourcesSchema>;
export type HostConfig = z.infer<typeof hostConfigSchema>;
export type ContainerConfig = z.infer<typeof containerConfigSchema>;
export type CreateContainerRequest = z.infer<typeof createContainerSchema>;
export type CreateExecRequest = z.infer<typeof createExecSchema>;
