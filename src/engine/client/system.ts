// info, version and df.
import { readFileSync } from 'node:fs';
import { arch, availableParallelism, hostname, release, totalmem } from 'node:os';
import type { DiskUsage, SystemInfo, VersionInfo } from '../api/system-types.ts';
import { logBytes } from '../containers/logs/log-reader.ts';
import { logPath } from '../containers/logs/log-path.ts';
import type { Engine } from '../engine.ts';
import { listContainers } from './container-lists.ts';

/** Of the Docker Engine API that our shapes follow. */
const API_VERSION = '1.47';

export async function systemInfo(engine: Engine): Promise<SystemInfo> {
  const deps = await engine.containers();
  const containers = engine.store.list();
  const running = containers.filter(({ state }) => state.status === 'running').length;
  const paused = containers.filter(({ state }) => state.status === 'paused').length;
  const { driver, layout } = deps.cgroups;
  return {
    ID: machineId(),
    Name: hostname(),
    Containers: containers.length,
    ContainersRunning: running,
    ContainersPaused: paused,
    ContainersStopped: containers.length - running - paused,
    Images: deps.images.list().length,
    Driver: deps.storage.name,
    DriverStatus: deps.storage.status(),
    KernelVersion: release(),
    OperatingSystem: osName(),
    OSType: 'linux',
    Architecture: arch() === 'x64' ? 'x86_64' : arch(),
    NCPU: availableParallelism(),
    MemTotal: totalmem(),
    ServerVersion: engine.options.version,
    DockerRootDir: engine.paths.root,
    CgroupDriver: driver,
    CgroupVersion: layout.kind === 'v2' ? '2' : '1',
    LoggingDriver: 'json-file',
    SecurityOptions: ['name=seccomp,profile=builtin'],
    Warnings: deps.network.foreignBlocks(),
  };
}

export function versionInfo(engine: Engine): VersionInfo {
  return {
    Version: engine.options.version,
    ApiVersion: API_VERSION,
    MinAPIVersion: '1.24',
    Os: 'linux',
    Arch: arch() === 'x64' ? 'amd64' : arch(),
    KernelVersion: release(),
  };
}

export async function diskUsage(engine: Engine): Promise<DiskUsage> {
  const [images, volumes] = await Promise.all([engine.images(), engine.volumes()]);
  const { layersSize, images: list } = images.diskUsage();
  const containers = engine.store.list();
  const used = new Map<string, number>();
  for (const { record } of containers) used.set(record.imageId, (used.get(record.imageId) ?? 0) + 1);
  return {
    LayersSize: layersSize,
    Images: list.map((image) => ({ ...image, Containers: used.get(image.Id) ?? 0 })),
    Containers: await listContainers(engine, { all: true, size: true }),
    Volumes: await volumes.usage(),
    BuildCache: [],
    LogsSize: containers.reduce((sum, { record }) => sum + logBytes(logPath(engine, record.id)), 0),
  };
}

function machineId(): string {
  return readOr('/etc/machine-id', 'unknown').trim();
}

function osName(): string {
  return /^PRETTY_NAME="?([^"\n]*)/m.exec(readOr('/etc/os-release', ''))?.[1] ?? 'Linux';
}

function readOr(file: string, fallback: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return fallback;
  }
}
