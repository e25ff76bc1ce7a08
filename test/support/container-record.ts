// What the engine knows of a container, for tests of pure decisions: a small one, and what the test says is other.
import type { ContainerConfigInfo } from '../../src/engine/api/container-types.ts';
import type { ContainerMount, ContainerRecord } from '../../src/engine/containers/container.ts';

export type RecordChanges = Partial<Omit<ContainerRecord, 'config'>> & {
  readonly config?: Partial<ContainerConfigInfo>;
};

export function containerRecord({ config, hostConfig, ...over }: RecordChanges = {}): ContainerRecord {
  return {
    id: 'a'.repeat(64),
    name: 'web',
    createdAt: '2026-11-22T00:00:00.000000000Z',
    imageId: 'sha256:1',
    config: {
      Hostname: 'a'.repeat(12),
      Domainname: '',
      User: '',
      AttachStdin: false,
      AttachStdout: false,
      AttachStderr: false,
      Tty: false,
      OpenStdin: false,
      StdinOnce: false,
      Env: [],
      Cmd: ['serve'],
      Image: 'web:1',
      WorkingDir: '',
      Labels: {},
      ...config,
    },
    hostConfig: { NetworkMode: 'bridge', IpcMode: 'private', CgroupnsMode: 'private', ...hostConfig },
    mounts: [],
    wishedEndpoint: { macAddress: '', ipAddress: '' },
    driver: 'overlay2',
    architecture: 'amd64',
    os: 'linux',
    restartCount: 0,
    ...over,
  };
}

/** A bind mount of `/host/…` at the same path. */
export function bindMount(Destination: string, over: Partial<ContainerMount> = {}): ContainerMount {
  return {
    Type: 'bind',
    Source: `/host${Destination}`,
    Destination,
    Mode: '',
    RW: true,
    Propagation: 'rprivate',
    anonymous: false,
    options: '',
    recursive: true,
    ...over,
  };
}
