// The Docker API shapes that the fake engine answers with.
import { Duplex, type PassThrough } from 'node:stream';
import type {
  ContainerInspect,
  ContainerStats,
  ContainerSummary,
  MountPoint,
} from '../../src/engine/api/container-types.ts';
import type { AddMountRequest } from '../../src/engine/api/container-request.ts';
import type { ExecHandle } from '../../src/engine/api/engine-client.ts';
import { EngineError } from '../../src/engine/api/errors.ts';
import type { ImageHistoryEntry, ImageInspect, ImageSummary } from '../../src/engine/api/image-types.ts';
import type { NetworkInfo } from '../../src/engine/api/network-types.ts';
import { encodeFrame } from '../../src/engine/api/stream-frames.ts';
import type { ContainerSample, SystemInfo } from '../../src/engine/api/system-types.ts';
import type { VolumeInspect } from '../../src/engine/api/volume-types.ts';

export interface FakeContainer {
  name: string;
  image?: string;
  state?: 'running' | 'paused' | 'exited' | 'created';
  exitCode?: number;
  /** Per cent of one core. */
  cpu?: number;
  memoryBytes?: number;
  memoryLimitBytes?: number;
  cpuLimitCores?: number;
  ports?: readonly (readonly [host: number, container: number])[];
  env?: readonly string[];
  log?: string;
  tty?: boolean;
  volumes?: readonly string[];
}

export interface FakeRecord {
  readonly spec: FakeContainer;
  readonly summary: ContainerSummary;
  readonly id: string;
  log: Buffer;
  readonly followers: Set<PassThrough>;
  cpuNanos: number;
  counters: { rx: number; tx: number; read: number; write: number };
}

export function fakeId(seed: number): string {
  let text = '';
  let value = seed * 2_654_435_761;
  while (text.length < 64) {
    value = (value * 1_103_515_245 + 12_345) % 2_147_483_648;
    text += value.toString(16).padStart(8, '0');
  }
  return text.slice(0, 64);
}

export function statusText(state: string, exitCode: number): string {
  if (state === 'running') return 'Up 3 hours';
  if (state === 'paused') return 'Up 3 hours (Paused)';
  return state === 'created' ? 'Created' : `Exited (${exitCode}) 12 minutes ago`;
}

export function fakeSummary(
  spec: FakeContainer & { state: string },
  { id, sequence, imageId }: { id: string; sequence: number; imageId: string | undefined },
): ContainerSummary {
  const image = spec.image ?? 'alpine:3.20';
  return {
    Id: id,
    Names: [`/${spec.name}`],
    Image: image,
    ImageID: imageId ?? 'sha256:unknown',
    Command: '/bin/sh',
    Created: Math.floor(Date.now() / 1000) - 10_800 - sequence,
    Ports: (spec.ports ?? []).map(([PublicPort, PrivatePort]) => ({
      IP: '0.0.0.0',
      PrivatePort,
      PublicPort,
      Type: 'tcp',
    })),
    Labels: {},
    State: spec.state,
    Status: statusText(spec.state, spec.exitCode ?? 0),
    HostConfig: { NetworkMode: 'bridge' },
    NetworkSettings: { Networks: { bridge: fakeEndpoint(sequence) } },
    Mounts: (spec.volumes ?? []).map((name) => ({
      Type: 'volume',
      Name: name,
      Source: `/var/lib/gantry/volumes/${name}/_data`,
      Destination: '/data',
      Driver: 'local',
      Mode: 'z',
      RW: true,
      Propagation: '',
    })),
  };
}

export function fakeEndpoint(sequence: number): ContainerSummary['NetworkSettings']['Networks'][string] {
  return {
    NetworkID: 'bridge',
    EndpointID: '',
    Gateway: '172.30.0.1',
    IPAddress: `172.30.0.${sequence + 1}`,
    IPPrefixLen: 16,
    IPv6Gateway: '',
    GlobalIPv6Address: '',
    GlobalIPv6PrefixLen: 0,
    MacAddress: '',
  };
}

export function fakeNetwork(name: string, subnet: string): NetworkInfo {
  return {
    Name: name,
    Id: fakeId(name.length * 77),
    Created: new Date(0).toISOString(),
    Scope: 'local',
    Driver: name === 'none' ? 'null' : name,
    EnableIPv6: false,
    IPAM: { Driver: 'default', Config: subnet === '' ? [] : [{ Subnet: subnet, Gateway: '172.30.0.1' }] },
    Internal: false,
    Attachable: false,
    Ingress: false,
    ConfigOnly: false,
    Containers: {},
    Options: {},
    Labels: {},
  };
}

export function logBytes(spec: FakeContainer, text: string): Buffer {
  if (text === '') return Buffer.alloc(0);
  return spec.tty === true ? Buffer.from(text) : encodeFrame('stdout', Buffer.from(text));
}

export function fakeInspect(known: FakeRecord): ContainerInspect {
  const running = known.spec.state === 'running' || known.spec.state === 'paused';
  const { summary, spec } = known;
  return {
    Id: known.id,
    Created: new Date(summary.Created * 1000).toISOString(),
    Path: '/bin/sh',
    Args: [],
    State: {
      Status: summary.State,
      Running: running,
      Paused: spec.state === 'paused',
      Restarting: false,
      OOMKilled: false,
      Dead: false,
      Pid: running ? 4711 : 0,
      ExitCode: spec.exitCode ?? 0,
      Error: '',
      StartedAt: new Date(summary.Created * 1000).toISOString(),
      FinishedAt: '0001-01-01T00:00:00Z',
    },
    Image: summary.ImageID,
    ResolvConfPath: '',
    HostnamePath: '',
    HostsPath: '',
    LogPath: '',
    Name: `/${spec.name}`,
    RestartCount: 0,
    Driver: 'overlay2',
    Platform: 'linux',
    MountLabel: '',
    ProcessLabel: '',
    AppArmorProfile: '',
    HostConfig: { NetworkMode: 'bridge', Memory: spec.memoryLimitBytes ?? 0, AutoRemove: false },
    GraphDriver: { Name: 'overlay2', Data: {} },
    Mounts: summary.Mounts,
    Config: {
      Hostname: known.id.slice(0, 12),
      Domainname: '',
      User: '',
      AttachStdin: false,
      AttachStdout: true,
      AttachStderr: true,
      Tty: spec.tty === true,
      OpenStdin: false,
      StdinOnce: false,
      Env: [...(spec.env ?? ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'])],
      Cmd: ['/bin/sh'],
      Image: summary.Image,
      WorkingDir: '',
      Labels: {},
    },
    NetworkSettings: { SandboxID: '', SandboxKey: '', Ports: {}, Networks: summary.NetworkSettings.Networks },
  };
}

export function fakeSample(known: FakeRecord, takenAtNs: number, seconds: number): ContainerSample {
  const { spec, counters } = known;
  const wave = 1 + 0.5 * Math.sin(takenAtNs / 4e9 + known.id.charCodeAt(0)) + 0.2 * Math.sin(takenAtNs / 7e8);
  const active = spec.state === 'running' ? 1 : 0;
  const cpu = (spec.cpu ?? 3) * wave * active;
  known.cpuNanos += (cpu / 100) * seconds * 1e9;
  counters.rx += active * seconds * 2000 * (spec.cpu ?? 0) * wave;
  counters.tx += active * seconds * 900 * (spec.cpu ?? 0) * wave * wave;
  counters.read += active * seconds * 300 * (spec.cpu ?? 0) * (wave > 1.2 ? wave : 0);
  counters.write += active * seconds * 500 * (spec.cpu ?? 0) * wave;
  return {
    id: known.id,
    takenAtNs,
    cpuNanos: Math.round(known.cpuNanos),
    throttledNanos: 0,
    cpuLimitCores: spec.cpuLimitCores,
    memoryBytes: Math.round((spec.memoryBytes ?? 24 * 1024 ** 2) * (0.9 + 0.1 * wave)),
    memoryLimitBytes: spec.memoryLimitBytes,
    pids: 4,
    pidsLimit: undefined,
    blockReadBytes: Math.round(counters.read),
    blockWriteBytes: Math.round(counters.write),
    networkRxBytes: Math.round(counters.rx),
    networkTxBytes: Math.round(counters.tx),
    oomKills: 0,
    pressure: {
      cpu: { avg10: 0.4, avg60: 0.2, avg300: 0 },
      memory: { avg10: 0, avg60: 0, avg300: 0 },
      io: { avg10: 1.2, avg60: 0.6, avg300: 0.1 },
    },
  };
}

export function fakeStats(known: FakeRecord): ContainerStats {
  const cpu = {
    cpu_usage: { total_usage: 1e9, usage_in_usermode: 0, usage_in_kernelmode: 0 },
    system_cpu_usage: 0,
    online_cpus: 4,
    throttling_data: { periods: 0, throttled_periods: 0, throttled_time: 0 },
  };
  return {
    read: new Date().toISOString(),
    preread: new Date().toISOString(),
    num_procs: 2,
    cpu_stats: cpu,
    precpu_stats: cpu,
    memory_stats: { usage: known.spec.memoryBytes ?? 1e7, limit: 8e9, stats: { inactive_file: 1e6 } },
    networks: {},
  };
}

/** Echoes what is typed; ctrl-d ends it. */
function fakeShell(): Duplex {
  const shell = new Duplex({
    read: () => undefined,
    write(chunk: Buffer, _encoding, done) {
      shell.push(chunk.includes(4) ? null : chunk);
      done();
    },
  });
  shell.push('/ # ');
  return shell;
}

export function fakeExec(): ExecHandle {
  return {
    id: 'exec',
    start: async () => fakeShell(),
    inspect: async () => ({
      ID: 'exec',
      ContainerID: '',
      Running: false,
      ExitCode: 0,
      Pid: 1,
      OpenStdin: true,
      OpenStderr: true,
      OpenStdout: true,
      CanRemove: true,
      DetachKeys: '',
      ProcessConfig: { privileged: false, user: '', tty: true, entrypoint: 'sh', arguments: [] },
    }),
    resize: async () => undefined,
  };
}

export async function playProgress(stream: PassThrough, hold: Promise<void> | undefined): Promise<void> {
  const write = (message: object): void => void stream.write(`${JSON.stringify(message)}\n`);
  const layers = ['4abcf2066143', '9d21b4cd21f1'];
  for (const id of layers) write({ id, status: 'Pulling fs layer' });
  write({ id: layers[0], status: 'Pull complete', progressDetail: { current: 1000, total: 1000 } });
  write({ id: layers[1], status: 'Downloading', progressDetail: { current: 250, total: 1000 } });
  if (hold !== undefined) await hold;
  write({ id: layers[1], status: 'Pull complete' });
  write({ status: 'Status: Downloaded newer image' });
  stream.end();
}

export function notHere(): EngineError {
  return new EngineError('not-implemented', 'the fake engine has no files');
}

export function fakeInfo(containers: number, images: number): SystemInfo {
  return {
    ID: 'fake',
    Name: 'workbench',
    Containers: containers,
    ContainersRunning: 0,
    ContainersPaused: 0,
    ContainersStopped: 0,
    Images: images,
    Driver: 'overlay2',
    DriverStatus: [],
    KernelVersion: '6.18.0',
    OperatingSystem: 'Debian GNU/Linux 12 (bookworm)',
    OSType: 'linux',
    Architecture: 'x86_64',
    NCPU: 4,
    MemTotal: 8 * 1024 ** 3,
    ServerVersion: '0.1.0',
    DockerRootDir: '/var/lib/gantry',
    CgroupDriver: 'cgroupfs',
    CgroupVersion: '2',
    LoggingDriver: 'json-file',
    SecurityOptions: [],
    Warnings: null,
  };
}

export function fakeImageInspect(image: ImageSummary): ImageInspect {
  return {
    Id: image.Id,
    RepoTags: image.RepoTags ?? [],
    RepoDigests: [],
    Parent: '',
    Comment: '',
    Author: '',
    Created: new Date(image.Created * 1000).toISOString(),
    Architecture: 'amd64',
    Os: 'linux',
    Size: image.Size,
    Config: { Cmd: ['/bin/sh'], Env: ['PATH=/usr/sbin:/usr/bin:/sbin:/bin'] },
    GraphDriver: { Name: 'overlay2', Data: {} },
    RootFS: { Type: 'layers', Layers: [`sha256:${fakeId(9)}`] },
  };
}

export function fakeHistory(image: ImageSummary): ImageHistoryEntry[] {
  return [
    {
      Id: image.Id,
      Created: image.Created,
      CreatedBy: 'CMD ["/bin/sh"]',
      Tags: null,
      Size: 0,
      Comment: '',
    },
    {
      Id: '<missing>',
      Created: image.Created,
      CreatedBy: 'RUN apk add --no-cache curl ca-certificates',
      Tags: null,
      Size: 1_200_000,
      Comment: '',
    },
    {
      Id: '<missing>',
      Created: image.Created,
      CreatedBy: 'ADD rootfs.tar.gz /',
      Tags: null,
      Size: image.Size,
      Comment: '',
    },
  ];
}

export function fakeVolume(name: string): VolumeInspect {
  return {
    Name: name,
    Driver: 'local',
    Mountpoint: `/var/lib/gantry/volumes/${name}/_data`,
    CreatedAt: new Date(Date.now() - 7_200_000).toISOString(),
    Labels: {},
    Scope: 'local',
    Options: null,
  };
}

export function fakeImage(
  reference: string,
  { id, sequence, sizeBytes }: { id: string; sequence: number; sizeBytes: number },
): ImageSummary {
  return {
    Id: id,
    ParentId: '',
    RepoTags: reference === '' ? [] : [reference],
    RepoDigests: [],
    Created: Math.floor(Date.now() / 1000) - 86_400 * (3 + (sequence % 40)),
    Size: sizeBytes,
    SharedSize: -1,
    Labels: null,
    Containers: -1,
  };
}

/** As an engine would show what was asked for, as far as tests look at it. */
export function fakeMount({ Binds, Tmpfs }: AddMountRequest): MountPoint {
  const [source = '', target = ''] = Binds?.[0]?.split(':') ?? [];
  const tmpfs = Object.keys(Tmpfs ?? {})[0];
  return {
    Type: tmpfs === undefined ? 'bind' : 'tmpfs',
    Source: source,
    Destination: tmpfs ?? target,
    Mode: '',
    RW: true,
    Propagation: 'rprivate',
  };
}
