// An engine in memory that behaves as told: containers with changing numbers, events, logs, pulls with progress, and
// failures on request. It implements the whole door, so what the dashboard does with it is what it does with the real one.
import { PassThrough } from 'node:stream';
import type { CreateContainerRequest } from '../../src/engine/api/container-request.ts';
import type { ContainerHandle, EngineClient, ImageHandle } from '../../src/engine/api/engine-client.ts';
import {
  containerNotFound,
  imageNotFound,
  networkNotFound,
  volumeNotFound,
} from '../../src/engine/api/errors.ts';
import type { ImageSummary } from '../../src/engine/api/image-types.ts';
import type { NetworkInfo } from '../../src/engine/api/network-types.ts';
import { encodeFrame, modem } from '../../src/engine/api/stream-frames.ts';
import type { ContainerSample, DiskUsage } from '../../src/engine/api/system-types.ts';
import type { VolumeInspect } from '../../src/engine/api/volume-types.ts';

import {
  fakeExec,
  fakeHistory,
  fakeId,
  fakeImage,
  fakeImageInspect,
  fakeInfo,
  fakeInspect,
  fakeMount,
  fakeNetwork,
  fakeSample,
  fakeStats,
  fakeSummary,
  fakeVolume,
  logBytes,
  notHere,
  playProgress,
  statusText,
  type FakeContainer,
  type FakeRecord,
} from './fake-shapes.ts';
import { fakeIsolation } from './fake-isolation.ts';

export interface FakeEngine {
  readonly client: EngineClient;
  /** Every call that changes something, as `start web`. */
  readonly calls: readonly string[];
  addContainer(container: FakeContainer): string;
  addImage(reference: string, sizeBytes?: number): string;
  addVolume(name: string): void;
  /** Appends to a container's log, and to those who follow it. */
  log(name: string, text: string | Uint8Array, stream?: 'stdout' | 'stderr'): void;
  /** The next call of this kind (`stop`, `pull` …) fails so. */
  failNext(call: string, error: Error): void;
  /** The next call of this kind waits until it is released. */
  holdNext(call: string): () => void;
  /** The kernel killed one of its processes: the event, and for one that ended the mark. */
  runOutOfMemory(name: string): void;
  breakEvents(): void;
  /** Ids of containers whose log is followed now. */
  followers(): readonly string[];
}

export interface FakeEngineOptions {
  readonly withoutGantry?: boolean;
  /** What the first mending finds. */
  readonly leftovers?: readonly string[];
}

export function createFakeEngine(options: FakeEngineOptions = {}): FakeEngine {
  const containers = new Map<string, FakeRecord>();
  const images = new Map<string, ImageSummary>();
  const volumes = new Map<string, VolumeInspect>();
  const networks: NetworkInfo[] = [
    fakeNetwork('bridge', '172.30.0.0/16'),
    fakeNetwork('host', ''),
    fakeNetwork('none', ''),
  ];
  const events = new Set<PassThrough>();
  const calls: string[] = [];
  const failures = new Map<string, Error>();
  const holds = new Map<string, Promise<void>>();
  let sequence = 0;
  let clockNs = performance.now() * 1e6;

  const emit = (Type: string, Action: string, ID: string): void => {
    const name = containers.get(ID)?.spec.name;
    const Attributes: Record<string, string> = name === undefined ? {} : { name };
    const message = { Type, Action, Actor: { ID, Attributes }, scope: 'local', time: 0, timeNano: 0 };
    for (const stream of events) stream.write(`${JSON.stringify(message)}\n`);
  };
  const act = async (call: string, subject: string): Promise<void> => {
    calls.push(`${call} ${subject}`);
    const hold = holds.get(call);
    holds.delete(call);
    if (hold !== undefined) await hold;
    const failure = failures.get(call);
    failures.delete(call);
    if (failure !== undefined) throw failure;
  };
  const find = (id: string): FakeRecord => {
    const known =
      containers.get(id) ?? [...containers.values()].find((candidate) => candidate.spec.name === id);
    if (known === undefined) throw containerNotFound(id);
    return known;
  };
  const setState = (known: FakeRecord, state: NonNullable<FakeContainer['state']>, exitCode = 0): void => {
    known.spec.state = state;
    known.summary.State = state;
    known.summary.Status = statusText(state, exitCode);
    if (state === 'exited') for (const stream of known.followers) stream.end();
  };

  const engine: Omit<FakeEngine, 'client'> = {
    calls,
    addContainer(spec) {
      const id = fakeId(++sequence);
      const state = spec.state ?? 'running';
      const imageId = [...images.values()].find((image) => image.RepoTags?.includes(spec.image ?? ''))?.Id;
      const summary = fakeSummary({ ...spec, state }, { id, sequence, imageId });
      const log = logBytes(spec, spec.log ?? '');
      containers.set(id, {
        spec: { ...spec, state },
        summary,
        id,
        log,
        followers: new Set(),
        cpuNanos: 1e9,
        counters: { rx: 0, tx: 0, read: 0, write: 0 },
      });
      for (const name of spec.volumes ?? []) if (!volumes.has(name)) engine.addVolume(name);
      emit('container', 'create', id);
      return id;
    },
    addImage(reference, sizeBytes = 4_200_000) {
      const id = `sha256:${fakeId(++sequence + 500)}`;
      images.set(id, fakeImage(reference, { id, sequence, sizeBytes }));
      emit('image', 'pull', id);
      return id;
    },
    addVolume(name) {
      volumes.set(name, fakeVolume(name));
      emit('volume', 'create', name);
    },
    log(name, text, stream = 'stdout') {
      const known = find(name);
      const bytes = known.spec.tty === true ? Buffer.from(text) : encodeFrame(stream, Buffer.from(text));
      known.log = Buffer.concat([known.log, bytes]);
      for (const follower of known.followers) follower.write(bytes);
    },
    failNext: (call, error) => void failures.set(call, error),
    holdNext(call) {
      const { promise, resolve } = Promise.withResolvers<void>();
      holds.set(call, promise);
      return resolve;
    },
    runOutOfMemory(name) {
      const known = find(name);
      if (known.spec.state === 'exited') known.summary.OOMKilled = true;
      emit('container', 'oom', known.id);
    },
    breakEvents() {
      for (const stream of events) stream.destroy(new Error('connection reset'));
      events.clear();
    },
    followers: () =>
      [...containers.values()].filter((known) => known.followers.size > 0).map((known) => known.id),
  };

  const handle = (wanted: string): ContainerHandle => {
    const logs = async (wish: { follow?: boolean } = {}): Promise<Buffer | PassThrough> => {
      const known = find(wanted);
      if (wish.follow !== true) return known.log;
      const stream = new PassThrough();
      if (known.log.length > 0) stream.write(known.log);
      if (known.spec.state === 'running' || known.spec.state === 'paused') {
        known.followers.add(stream);
        stream.on('close', () => known.followers.delete(stream));
      } else stream.end();
      return stream;
    };
    const change = async (
      call: string,
      next: NonNullable<FakeContainer['state']>,
      exitCode = 0,
    ): Promise<void> => {
      const known = find(wanted);
      await act(call, known.spec.name);
      setState(known, next, exitCode);
      emit('container', call === 'stop' || call === 'kill' ? 'die' : call, known.id);
    };
    return {
      id: wanted,
      inspect: async () => fakeInspect(find(wanted)),
      start: () => change('start', 'running'),
      stop: () => change('stop', 'exited', 143),
      restart: () => change('restart', 'running'),
      kill: (wish) => change(`kill${wish?.signal === undefined ? '' : ` ${wish.signal}`}`, 'exited', 137),
      pause: () => change('pause', 'paused'),
      unpause: () => change('unpause', 'running'),
      rename: async ({ name }) => {
        const known = find(wanted);
        await act('rename', `${known.spec.name} ${name}`);
        known.spec.name = name;
        known.summary.Names = [`/${name}`];
        emit('container', 'rename', known.id);
      },
      update: async (wish) => {
        const known = find(wanted);
        await act('update', `${known.spec.name} ${JSON.stringify(wish)}`);
        emit('container', 'update', known.id);
        return { Warnings: null };
      },
      remove: async (wish = {}) => {
        const known = find(wanted);
        const flags = `${wish.force === true ? ' force' : ''}${wish.v === true ? ' volumes' : ''}`;
        await act('remove', known.spec.name + flags);
        containers.delete(known.id);
        emit('container', 'destroy', known.id);
      },
      wait: async () => ({ StatusCode: 0 }),
      top: async () => ({
        Titles: ['UID', 'PID', 'PPID', 'C', 'STIME', 'TTY', 'TIME', 'CMD'],
        Processes: [
          [
            'root',
            '4711',
            '4690',
            '0',
            '10:02',
            '?',
            '00:00:01',
            `${find(wanted).spec.name}: master process`,
          ],
          ['nobody', '4755', '4711', '2', '10:02', '?', '00:00:09', 'worker process'],
        ],
      }),
      changes: async () => null,
      exec: async () => {
        await act('exec', find(wanted).spec.name);
        return fakeExec();
      },
      attach: async () => new PassThrough(),
      resize: async () => undefined,
      logs: logs as ContainerHandle['logs'],
      stats: (async () => fakeStats(find(wanted))) as unknown as ContainerHandle['stats'],
      getArchive: () => Promise.reject(notHere()),
      infoArchive: () => Promise.reject(notHere()),
      putArchive: () => Promise.reject(notHere()),
    };
  };

  const imageHandle = (reference: string): ImageHandle => {
    const found = (): ImageSummary => {
      const image =
        images.get(reference) ?? [...images.values()].find(({ RepoTags }) => RepoTags?.includes(reference));
      if (image === undefined) throw imageNotFound(reference);
      return image;
    };
    return {
      id: reference,
      inspect: async () => fakeImageInspect(found()),
      history: async () => fakeHistory(found()),
      tag: async () => undefined,
      remove: async () => {
        await act('rmi', reference);
        images.delete(found().Id);
        emit('image', 'delete', reference);
        return [{ Untagged: reference }];
      },
    };
  };

  const progressStream = async (call: string, reference: string): Promise<PassThrough> => {
    await act(call, reference);
    const stream = new PassThrough();
    void playProgress(stream, holds.get('progress')).then(() =>
      engine.addImage(reference.includes(':') ? reference : `${reference}:latest`),
    );
    holds.delete('progress');
    return stream;
  };

  const sample = async (): Promise<ContainerSample[]> => {
    const now = performance.now() * 1e6;
    const seconds = (now - clockNs) / 1e9;
    clockNs = now;
    return [...containers.values()]
      .filter((known) => known.spec.state === 'running' || known.spec.state === 'paused')
      .map((known) => fakeSample(known, now, seconds));
  };

  const client: EngineClient = {
    modem,
    ...(options.withoutGantry === true
      ? {}
      : {
          gantry: {
            sample,
            doctor: async () => [],
            buildHosttools: () => progressStream('hosttools', 'gantry/hosttools:latest'),
            addMount: async (id, request) => {
              const added = fakeMount(request);
              await act('mount add', `${id} ${added.Destination}`);
              find(id).summary.Mounts.push(added);
              emit('container', 'mount', id);
              return added;
            },
            removeMount: async (id, { target, force }) => {
              await act('mount rm', `${id} ${target}${force === true ? ' --force' : ''}`);
              const { summary } = find(id);
              summary.Mounts = summary.Mounts.filter(({ Destination }) => Destination !== target);
              emit('container', 'unmount', id);
            },
            attachOutput: () => Promise.reject(notHere()),
            startExecOutput: () => Promise.reject(notHere()),
            mend: async () => options.leftovers ?? [],
            isolation: async (id) => fakeIsolation(find(id)),
            runCommand: async (id) => `gantry run ${find(id).spec.image ?? ''}`,
          },
        }),
    createContainer: async (request: CreateContainerRequest) => {
      await act('create', `${request.name ?? ''} ${request.Image ?? ''}`.trim());
      const id = engine.addContainer({
        name: request.name ?? 'calm_heron',
        image: request.Image ?? '',
        state: 'created',
      });
      return handle(id);
    },
    getContainer: handle,
    listContainers: async () => [...containers.values()].map((known) => ({ ...known.summary })),
    pruneContainers: async () => {
      await act('prune', 'containers');
      const gone = [...containers.values()].filter(
        (known) => known.spec.state === 'exited' || known.spec.state === 'created',
      );
      for (const known of gone) containers.delete(known.id);
      emit('container', 'prune', '');
      return { ContainersDeleted: gone.map((known) => known.id), SpaceReclaimed: 1_000_000 };
    },
    getExec: fakeExec,
    pull: (reference) => progressStream('pull', reference),
    loadImage: (file) => progressStream('load', typeof file === 'string' ? file : 'a stream'),
    getImage: imageHandle,
    listImages: async () => [...images.values()],
    pruneImages: async () => ({ ImagesDeleted: [], SpaceReclaimed: 0 }),
    getNetwork: (id) => ({
      id,
      inspect: async () => {
        const network = networks.find((candidate) => candidate.Id === id || candidate.Name === id);
        if (network === undefined) throw networkNotFound(id);
        return network;
      },
    }),
    listNetworks: async () => networks,
    createVolume: async (wish) => {
      engine.addVolume(wish?.Name ?? 'anonymous');
      return client.getVolume(wish?.Name ?? 'anonymous');
    },
    getVolume: (name) => ({
      name,
      inspect: async () => {
        const volume = volumes.get(name);
        if (volume === undefined) throw volumeNotFound(name);
        return volume;
      },
      remove: async () => {
        await act('volume rm', name);
        volumes.delete(name);
        emit('volume', 'destroy', name);
      },
    }),
    listVolumes: async () => ({ Volumes: [...volumes.values()], Warnings: null }),
    pruneVolumes: async () => ({ VolumesDeleted: [], SpaceReclaimed: 0 }),
    info: async () => fakeInfo(containers.size, images.size),
    version: async () => ({ Version: '0.1.0', ApiVersion: '1.47', Os: 'linux', Arch: 'amd64' }),
    df: async (): Promise<DiskUsage> => ({
      LayersSize: 0,
      Images: [],
      Containers: [],
      Volumes: [],
      BuildCache: [],
    }),
    ping: async () => 'OK',
    getEvents: async () => {
      await act('events', '');
      const stream = new PassThrough();
      events.add(stream);
      stream.on('close', () => events.delete(stream));
      return stream;
    },
  };
  return { client, ...engine };
}
