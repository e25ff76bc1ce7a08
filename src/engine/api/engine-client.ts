// The door of the engine: the part of dockerode's shape that Gantry promises. Clients (dashboard, commands, the API
// server) know the engine only by these interfaces; a real Dockerode instance is assignable to EngineClient, so the
// same clients drive Docker and Podman. A compile-time test holds that.
//
// Options and results are the Docker Engine API's (v1.47). Streams of containers without a terminal are Docker's
// multiplexed frames (see stream-frames.ts), those with one are raw; `modem.demuxStream` takes them apart.
// Every method rejects with an EngineError (or dockerode's own error of the same shape).
import type {
  AddMountRequest,
  CreateContainerRequest,
  CreateExecRequest,
  UpdateContainerRequest,
} from './container-request.ts';
import type {
  ContainerInspect,
  ContainerStats,
  ContainerSummary,
  ExecInspect,
  FileChange,
  MountPoint,
  TopResult,
  WaitResult,
} from './container-types.ts';
import type { ImageHistoryEntry, ImageInspect, ImageRemoval, ImageSummary } from './image-types.ts';
import type { IsolationReport } from './isolation-types.ts';
import type { NetworkInfo } from './network-types.ts';
import type { ContainerSample, DiskUsage, Finding, SystemInfo, VersionInfo } from './system-types.ts';
import type { CreateVolumeRequest, VolumeInspect } from './volume-types.ts';

/** Docker's filters: `{ status: ['running'], label: ['a=b'] }`; different keys all hold, values of one key are alternatives. */
export type Filters = Record<string, string[]>;

export interface ListContainersOptions {
  /** Stopped ones too. */
  all?: boolean;
  /** The newest n, whatever their state. */
  limit?: number;
  size?: boolean;
  filters?: Filters;
}

export interface LogsOptions {
  stdout?: boolean;
  stderr?: boolean;
  /** Seconds since 1970, fractions allowed. */
  since?: number | string;
  until?: number | string;
  timestamps?: boolean;
  /** Lines from the end; undefined is all. */
  tail?: number;
}

export interface AttachOptions {
  stream?: boolean;
  stdin?: boolean;
  stdout?: boolean;
  stderr?: boolean;
  /** What was logged before, first. */
  logs?: boolean;
  /** dockerode: true makes stdin writable over HTTP. */
  hijack?: boolean;
  /** e.g. `ctrl-p,ctrl-q` */
  detachKeys?: string;
}

export interface ContainerHandle {
  readonly id: string;
  /** What will be other than asked for; only on the handle that a creation answers, and never on dockerode's. */
  readonly warnings?: readonly string[];
  /** @param options.abortSignal is all that dockerode's type knows; a shared member keeps the types comparable */
  inspect(options?: { size?: boolean; abortSignal?: AbortSignal }): Promise<ContainerInspect>;
  start(options?: { detachKeys?: string }): Promise<unknown>;
  /** SIGTERM or the container's StopSignal, after `t` seconds (default 10) SIGKILL. */
  stop(options?: { t?: number; signal?: string }): Promise<unknown>;
  restart(options?: { t?: number; signal?: string }): Promise<unknown>;
  kill(options?: { signal?: string }): Promise<unknown>;
  pause(): Promise<unknown>;
  unpause(): Promise<unknown>;
  rename(options: { name: string }): Promise<unknown>;
  /** Changes limits, of a running container at once. What the kernel refuses changes nothing. */
  update(options: UpdateContainerRequest): Promise<{ Warnings?: string[] | null }>;
  /** @param options.v also its anonymous volumes. @param options.force kills it first */
  remove(options?: { v?: boolean; force?: boolean }): Promise<unknown>;
  wait(options?: { condition?: 'not-running' | 'next-exit' | 'removed' }): Promise<WaitResult>;
  top(options?: { ps_args?: string }): Promise<TopResult>;
  changes(): Promise<FileChange[] | null>;
  exec(options: CreateExecRequest): Promise<ExecHandle>;
  attach(options: AttachOptions): Promise<NodeJS.ReadWriteStream>;
  resize(options: { h: number; w: number }): Promise<unknown>;
  logs(options?: LogsOptions & { follow?: false }): Promise<Buffer>;
  logs(options?: LogsOptions & { follow: true }): Promise<NodeJS.ReadableStream>;
  stats(options?: { stream?: false; 'one-shot'?: boolean }): Promise<ContainerStats>;
  stats(options?: { stream: true }): Promise<NodeJS.ReadableStream>;
  /** A tar of the path. */
  getArchive(options: { path: string }): Promise<NodeJS.ReadableStream>;
  /** dockerode resolves with a stream whose `X-Docker-Container-Path-Stat` header holds a PathStat in base64. */
  infoArchive(options: { path: string }): Promise<unknown>;
  putArchive(
    file: string | Buffer | NodeJS.ReadableStream,
    options: { path: string; noOverwriteDirNonDir?: boolean; copyUIDGID?: boolean },
  ): Promise<unknown>;
}

export interface ExecHandle {
  readonly id: string;
  start(options: {
    hijack?: boolean;
    stdin?: boolean;
    Detach?: boolean;
    Tty?: boolean;
  }): Promise<NodeJS.ReadWriteStream>;
  inspect(): Promise<ExecInspect>;
  resize(options: { h: number; w: number }): Promise<unknown>;
}

export interface ImageHandle {
  readonly id: string;
  inspect(): Promise<ImageInspect>;
  history(): Promise<ImageHistoryEntry[]>;
  tag(options?: { repo?: string; tag?: string }): Promise<unknown>;
  remove(options?: { force?: boolean; noprune?: boolean }): Promise<ImageRemoval[]>;
}

export interface NetworkHandle {
  readonly id: string;
  inspect(): Promise<NetworkInfo>;
}

export interface VolumeHandle {
  readonly name: string;
  inspect(): Promise<VolumeInspect>;
  remove(options?: { force?: boolean }): Promise<unknown>;
}

/** What dockerode offers beside the endpoints. */
export interface Modem {
  /** Calls `onFinished` after the last JSON line, with an error where a line reports one. */
  followProgress(
    stream: NodeJS.ReadableStream,
    // dockerode's own types say `any[]` and `any` here; unknown lets both be assigned.
    onFinished: (error: Error | null, output: unknown[]) => void,
    onProgress?: (message: unknown) => void,
  ): void;
  demuxStream(
    stream: NodeJS.ReadableStream,
    stdout: NodeJS.WritableStream,
    stderr: NodeJS.WritableStream,
  ): void;
}

/**
 * Takes output as it comes, in its order; the bytes are the listener's to read until it returns. A promise asks for a
 * pause until it resolves. Of a terminal all is stdout.
 */
export type OutputListener = (stream: 'stdout' | 'stderr', bytes: Uint8Array) => Promise<unknown> | undefined;

/** Resolves when the process has ended and all of its output was taken. */
export interface Output {
  readonly ended: Promise<void>;
}

/** What only Gantry's own engine can do; missing on a Dockerode. */
export interface GantryExtensions {
  /** The counters of all running containers, for the price of a few preads each. Ids that ended meanwhile are left out. */
  sample(): Promise<readonly ContainerSample[]>;
  /** Looks at the machine; changes nothing. */
  doctor(): Promise<readonly Finding[]>;
  /** Builds the image `gantry/hosttools` from this machine's shell and core utilities. Progress as in `pull`. */
  buildHosttools(): Promise<NodeJS.ReadableStream>;
  /** Mounts on a running container; it stays with the container, over restarts, until it is removed. */
  addMount(id: string, request: AddMountRequest): Promise<MountPoint>;
  /** @param options.force also while processes use it */
  removeMount(id: string, options: { target: string; force?: boolean }): Promise<void>;
  /**
   * Ends what dead processes left half-done and removes what belongs to no container; a line for each. Touches nothing
   * that somebody is at work on.
   */
  mend(): Promise<readonly string[]>;
  /** What the kernel says of a running container; rejects with a conflict where it does not run. */
  isolation(id: string): Promise<IsolationReport>;
  /** As `attach` without stdin, for who needs no stream of it. */
  attachOutput(
    id: string,
    options: { stdout: boolean; stderr: boolean },
    listener: OutputListener,
  ): Promise<Output>;
  /** As an exec's `start` without stdin. */
  startExecOutput(id: string, options: { Tty: boolean }, listener: OutputListener): Promise<Output>;
  /** The command line that would create this container again. */
  runCommand(id: string): Promise<string>;
}

export interface EngineClient {
  readonly modem: Modem;
  readonly gantry?: GantryExtensions;

  createContainer(options: CreateContainerRequest): Promise<ContainerHandle>;
  getContainer(id: string): ContainerHandle;
  listContainers(options?: ListContainersOptions): Promise<ContainerSummary[]>;
  pruneContainers(options?: {
    filters?: Filters;
  }): Promise<{ ContainersDeleted: string[] | null; SpaceReclaimed: number }>;
  getExec(id: string): ExecHandle;

  /** Pulls; the stream carries ProgressMessage lines and ends when all is done or an `error` line came. */
  pull(reference: string, options?: { platform?: string }): Promise<NodeJS.ReadableStream>;
  /** A `docker save` or OCI archive, plain or compressed. Progress as in `pull`. */
  loadImage(
    file: string | NodeJS.ReadableStream,
    options?: { quiet?: boolean },
  ): Promise<NodeJS.ReadableStream>;
  getImage(reference: string): ImageHandle;
  listImages(options?: { all?: boolean; filters?: Filters }): Promise<ImageSummary[]>;
  pruneImages(options?: {
    filters?: Filters;
  }): Promise<{ ImagesDeleted: ImageRemoval[] | null; SpaceReclaimed: number }>;

  getNetwork(id: string): NetworkHandle;
  listNetworks(options?: { filters?: Filters }): Promise<NetworkInfo[]>;

  createVolume(options?: CreateVolumeRequest): Promise<VolumeHandle | VolumeInspect>;
  getVolume(name: string): VolumeHandle;
  listVolumes(options?: {
    filters?: Filters;
  }): Promise<{ Volumes: VolumeInspect[]; Warnings: string[] | null }>;
  pruneVolumes(options?: {
    filters?: Filters;
  }): Promise<{ VolumesDeleted: string[] | null; SpaceReclaimed: number }>;

  info(): Promise<SystemInfo>;
  version(): Promise<VersionInfo>;
  df(): Promise<DiskUsage>;
  ping(): Promise<unknown>;
  /** EventMessage lines; past ones from `since`, then live ones until `until` or for ever. */
  getEvents(options?: { since?: number; until?: number; filters?: Filters }): Promise<NodeJS.ReadableStream>;
}
