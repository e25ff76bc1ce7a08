// Builds the rooms, each when it is first needed: `ps` opens the state and nothing else. No logic, no operations.
import { join } from 'node:path';
import { fnv1a } from '../native/fnv1a.ts';
import { createContainerStore, type ContainerStore } from './containers/container-store.ts';
import type { ContainerDeps, RunningDeps } from './containers/container-deps.ts';
import type { ContainerRecord } from './containers/container.ts';
import type { EventLog } from './events/event-log.ts';
import type { ImageService } from './images/image-service.ts';
import type { SystemdOptions } from './cgroups/systemd.ts';
import type { NetworkService } from './network/network-service.ts';
import { openDatabase, type StateDatabase } from './state/database.ts';
import { DEFAULT_ROOT, DEFAULT_RUN_ROOT, enginePaths, type EnginePaths } from './state/paths.ts';
import { keepReserve } from './state/reserve.ts';
import type { StorageDriver } from './storage/storage-driver.ts';
import type { UserNamespaces } from './userns/user-namespaces.ts';
import type { VolumeService } from './volumes/volume-service.ts';

export interface EngineOptions {
  readonly root?: string | undefined;
  readonly runRoot?: string | undefined;
  /** The static shim. */
  readonly shimPath: string;
  /** How to start this program again, e.g. `[node, main.js]`; hidden commands are added to it. */
  readonly selfCommand: readonly string[];
  readonly version: string;
  /** This process carries out one command and ends: what is quicker for a few containers may be used. */
  readonly isCommand?: boolean | undefined;
}

export interface Engine {
  readonly options: EngineOptions;
  readonly paths: EnginePaths;
  readonly store: ContainerStore;
  events(): Promise<EventLog>;
  storage(): Promise<StorageDriver>;
  images(): Promise<ImageService>;
  volumes(): Promise<VolumeService>;
  network(): Promise<NetworkService>;
  /** For what happens in containers that run. */
  running(): Promise<RunningDeps>;
  /** Everything that changes containers. */
  containers(): Promise<ContainerDeps>;
  close(): Promise<void>;
}

export function openEngine(options: EngineOptions): Engine {
  const paths = enginePaths(options.root ?? DEFAULT_ROOT, options.runRoot ?? DEFAULT_RUN_ROOT);
  const database = openDatabase(paths.database);
  const store = createContainerStore(database);
  const closers: (() => void)[] = [() => database.close()];
  const rooms = openRooms({ options, paths, database, store, onClose: (close) => closers.unshift(close) });
  return {
    options,
    paths,
    store,
    ...rooms,
    images: withReserve(paths, rooms.images),
    volumes: withReserve(paths, rooms.volumes),
    containers: withReserve(paths, rooms.containers),
    close: async () => {
      for (const close of closers.splice(0)) close();
      return Promise.resolve();
    },
  };
}

interface Base extends Pick<Engine, 'options' | 'paths' | 'store'> {
  readonly database: StateDatabase;
  readonly onClose: (close: () => void) => void;
}

type Rooms = Pick<Engine, 'events' | 'storage' | 'images' | 'volumes' | 'network' | 'running' | 'containers'>;

function openRooms(base: Base): Rooms {
  const { options, paths, database, store } = base;
  const events = once(async () => {
    const { openEventLog } = await import('./events/event-log-file.ts');
    const log = openEventLog({ directory: paths.events });
    base.onClose(() => log.close());
    return log;
  });
  const storage = once(async () => {
    const { openStorage } = await import('./storage/drivers/index.ts');
    return openStorage({
      directory: paths.storage,
      name: process.env['GANTRY_STORAGE_DRIVER'],
      unpackCommand: [...options.selfCommand, 'internal', 'unpack'],
    });
  });
  const images = once(async () => {
    const [{ createImageService }, log] = await Promise.all([
      import('./images/create-image-service.ts'),
      events(),
    ]);
    return createImageService({
      directory: paths.images,
      database,
      storage: await storage(),
      usersOf: (imageId) => store.usersOf(imageId),
      publish: ({ action, imageId, name }) =>
        log.publish({ type: 'image', action, id: imageId, attributes: { name } }),
    });
  });
  const volumes = once(async () => {
    const { createVolumeService } = await import('./volumes/local-volumes.ts');
    return createVolumeService({
      directory: paths.volumes,
      database,
      users: () => volumeUsers(store),
    });
  });
  const network = once(async () => {
    const { createNetworkService } = await import('./network/create-network-service.ts');
    const service = createNetworkService({ paths, database });
    base.onClose(() => service.close());
    return service;
  });
  const running = once(async () => await runningDeps(base, events));
  const userns = once(async () => await userNamespaces(base));
  const containers = once(
    async () => await containerDeps(base, { running, storage, images, volumes, network, userns }),
  );
  return { events, storage, images, volumes, network, running, containers };
}

async function runningDeps(base: Base, events: Rooms['events']): Promise<RunningDeps> {
  const { options, paths, store } = base;
  const [{ createCgroups }, { createSeccompFilters }, { connectByThreads }, log] = await Promise.all([
    import('./cgroups/cgroups.ts'),
    import('./security/seccomp.ts'),
    import('../native/shim/socket.ts'),
    events(),
  ]);
  if (options.isCommand === true) connectByThreads();
  return {
    paths,
    store,
    cgroups: createCgroups({ parent: process.env['GANTRY_CGROUP_PARENT'], systemd: systemdOptions(base) }),
    seccomp: createSeccompFilters({ cacheDir: join(paths.cache, 'seccomp') }),
    events: log,
    shimPath: options.shimPath,
  };
}

function systemdOptions({ options, paths }: Base): SystemdOptions {
  return {
    engineKey: paths.root === DEFAULT_ROOT ? '' : fnv1a(paths.root),
    stopCommand: [...options.selfCommand, 'internal', 'stop-slice', paths.root, paths.runRoot],
  };
}

async function containerDeps(
  { options, paths }: Base,
  rooms: Omit<Rooms, 'containers' | 'events'> & Pick<ContainerDeps, 'userns'>,
): Promise<ContainerDeps> {
  const [running, images, volumes, network, storage] = await Promise.all([
    rooms.running(),
    rooms.images(),
    rooms.volumes(),
    rooms.network(),
    rooms.storage(),
  ]);
  const cleanupCommand = [...options.selfCommand, 'internal', 'cleanup', paths.root, paths.runRoot];
  return { ...running, images, storage, volumes, network, userns: rooms.userns, cleanupCommand };
}

async function userNamespaces({ database, paths }: Base): Promise<UserNamespaces> {
  const [{ createUserNamespaces, callingUser }, { readPool }] = await Promise.all([
    import('./userns/create-user-namespaces.ts'),
    import('./userns/id-pool.ts'),
  ]);
  return createUserNamespaces({ database, pool: () => readPool(paths.root), caller: callingUser });
}

/** The first call makes it, later calls get the same; a failure is not kept. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make().catch((error: unknown) => {
      made = undefined;
      throw error;
    });
    return made;
  };
}

/** For rooms whose askers may be about to write: the disk may have filled up since a dashboard was opened. */
function withReserve<T>({ root }: EnginePaths, room: () => Promise<T>): () => Promise<T> {
  return async () => {
    keepReserve(root);
    return await room();
  };
}

function volumeUsers(store: ContainerStore): Map<string, string[]> {
  const users = new Map<string, string[]>();
  for (const { record } of store.list()) {
    for (const name of mentionedVolumes(record)) users.set(name, [...(users.get(name) ?? []), record.id]);
  }
  return users;
}

function mentionedVolumes({ mounts, mountChange }: ContainerRecord): Set<string> {
  const names = [...mounts, ...(mountChange === undefined ? [] : [mountChange.mount])].map(
    ({ Name }) => Name,
  );
  return new Set(names.filter((name) => name !== undefined));
}
