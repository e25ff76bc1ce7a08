// Volumes as directories on this machine.
import { chmodSync, mkdirSync, opendirSync, readdirSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { closeToOthers, makePrivateDirectory } from '../../native/private-directory.ts';
import { randomHex } from '../../native/random.ts';
import { isErrno } from '../../native/syscall-error.ts';
import { EngineError, isErrorKind, volumeNotFound } from '../api/errors.ts';
import type { CreateVolumeRequest, VolumeInspect } from '../api/volume-types.ts';
import { removeDirectory } from '../storage/remove-directory.ts';
import { treeUsage } from '../storage/tree-usage.ts';
import { listFilter, pruneFilter, type VolumeCondition } from './volume-filter.ts';
import { ANONYMOUS_LABEL, checkVolumeRequest, needsMount } from './volume-request.ts';
import type { VolumeService, VolumeServiceOptions } from './volume-service.ts';
import { type VolumeRecord, type VolumeStore, createVolumeStore } from './volume-store.ts';

export function createVolumeService(options: VolumeServiceOptions): VolumeService {
  const store = createVolumeStore(options.database);
  const { directory, users } = options;
  closeToOthers(directory);
  const inspect = (record: VolumeRecord) => inspectionOf(record, directory);
  const get = (name: string) => {
    const record = store.find(name);
    if (record === undefined) throw volumeNotFound(name);
    return record;
  };
  const select = (condition: VolumeCondition) => {
    let used: ReturnType<typeof users> | undefined;
    const isDangling = (name: string): boolean => {
      used ??= users();
      return !used.has(name);
    };
    return store.list().filter((record) => condition({ record, isDangling: () => isDangling(record.name) }));
  };

  return {
    create: (request = {}) => inspect(createVolume(store, directory, request)),
    inspect: (name) => inspect(get(name)),
    list: (filters) => select(listFilter(filters)).map(inspect),
    remove: async (name, { force = false } = {}) => {
      const doomed = takeAway(options, store, name);
      if (doomed !== undefined) await removeDirectory(doomed);
      else if (!force) throw volumeNotFound(name);
    },
    prune: async (filters) => await pruneVolumes(options, store, select(pruneFilter(filters))),
    mountpoint: (name) => {
      const record = get(name);
      if (!needsMount(record.options)) return dataDirectory(directory, name);
      throw new EngineError(
        'not-implemented',
        `volume ${name}: gantry does not mount volumes with driver options (${Object.keys(record.options ?? {}).join(', ')}) yet`,
      );
    },
    usage: () => {
      const used = users();
      return Promise.resolve(
        store.list().map((record) => ({
          ...inspect(record),
          UsageData: {
            Size: sizeOf(dataDirectory(directory, record.name)),
            RefCount: used.get(record.name)?.length ?? 0,
          },
        })),
      );
    },
    reconcile: async () => await sweep(directory, store),
  };
}

function dataDirectory(directory: string, name: string): string {
  return join(directory, name, '_data');
}

function createVolume(store: VolumeStore, directory: string, request: CreateVolumeRequest): VolumeRecord {
  const name = request.Name || randomHex(32);
  checkVolumeRequest(name, request);
  const existing = store.find(name);
  if (existing !== undefined) {
    makeDirectories(directory, name);
    return existing;
  }
  const options = request.DriverOpts ?? {};
  const record: VolumeRecord = {
    name,
    createdAt: new Date().toISOString().replace(/\.\d+Z$/, 'Z'),
    labels: { ...request.Labels, ...(request.Name ? {} : { [ANONYMOUS_LABEL]: '' }) },
    options: Object.keys(options).length === 0 ? null : options,
  };
  // Another process may have been quicker: then its record holds.
  return store.insert(record, () => makeDirectories(directory, name)) ? record : (store.find(name) ?? record);
}

function makeDirectories(directory: string, name: string): void {
  makePrivateDirectory(directory);
  // As Docker has it.
  makeDirectory(join(directory, name), 0o701);
  makeDirectory(dataDirectory(directory, name), 0o755);
}

/** With this very mode, whatever the umask says. One that is there already keeps its own. */
function makeDirectory(path: string, mode: number): void {
  if (mkdirSync(path, { recursive: true }) !== undefined) chmodSync(path, mode);
}

function inspectionOf(record: VolumeRecord, directory: string): VolumeInspect {
  return {
    Name: record.name,
    Driver: 'local',
    Mountpoint: dataDirectory(directory, record.name),
    CreatedAt: record.createdAt,
    Labels: { ...record.labels },
    Scope: 'local',
    Options: record.options === null ? null : { ...record.options },
  };
}

/**
 * Its directory goes out of the way together with its record, so that the name can be used again at once.
 * @returns where the directory is then, undefined where there was no such volume. Throws conflict where it is in use
 */
function takeAway(
  { directory, users }: VolumeServiceOptions,
  store: VolumeStore,
  name: string,
): string | undefined {
  const doomed = join(directory, `${DOOMED}${randomHex(8)}`);
  const isDeleted = store.delete(name, () => {
    refuseWhileUsed(name, users().get(name));
    moveIfThere(join(directory, name), doomed);
  });
  return isDeleted ? doomed : undefined;
}

/** No volume can have such a name. */
const DOOMED = '.removing-';

function refuseWhileUsed(name: string, containerIds: readonly string[] = []): void {
  if (containerIds.length === 0) return;
  throw new EngineError('conflict', `remove ${name}: volume is in use - [${containerIds.join(', ')}]`);
}

function moveIfThere(path: string, target: string): void {
  try {
    renameSync(path, target);
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw error;
  }
}

async function pruneVolumes(
  options: VolumeServiceOptions,
  store: VolumeStore,
  unused: readonly VolumeRecord[],
): Promise<{ VolumesDeleted: string[]; SpaceReclaimed: number }> {
  const pruned = { VolumesDeleted: [] as string[], SpaceReclaimed: 0 };
  for (const { name } of unused) {
    const doomed = takeAwayUnlessUsed(options, store, name);
    if (doomed === undefined) continue;
    const size = sizeOf(join(doomed, '_data'));
    await removeDirectory(doomed);
    pruned.VolumesDeleted.push(name);
    pruned.SpaceReclaimed += size;
  }
  return pruned;
}

/** Undefined where a container came to use it meanwhile. */
function takeAwayUnlessUsed(
  options: VolumeServiceOptions,
  store: VolumeStore,
  name: string,
): string | undefined {
  try {
    return takeAway(options, store, name);
  } catch (error) {
    if (isErrorKind(error, 'conflict')) return undefined;
    throw error;
  }
}

function isEmpty(path: string): boolean {
  using directory = opendirSync(path);
  return directory.readSync() === null;
}

/** -1 where it cannot be told, as in Docker's API. */
function sizeOf(path: string): number {
  try {
    return treeUsage(path).bytes;
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'EACCES')) return -1;
    throw error;
  }
}

/** A create that another process is in the middle of has its directory before others see its record. */
const YOUNG_MS = 60_000;

async function sweep(directory: string, store: VolumeStore): Promise<string[]> {
  const mended: string[] = [];
  for (const name of namesIn(directory)) {
    if (store.find(name) !== undefined) continue;
    const path = join(directory, name);
    const ageMs = Date.now() - (statSync(path, { throwIfNoEntry: false })?.ctimeMs ?? Date.now());
    if (!name.startsWith(DOOMED) && ageMs < YOUNG_MS) continue;
    // Only an empty leftover is ours to take: what has content may be somebody's data behind a lost record.
    if (!name.startsWith(DOOMED) && !isLeftover(path)) continue;
    await removeDirectory(path);
    mended.push(`removed ${path}: no volume has it`);
  }
  return mended;
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return [];
    throw error;
  }
}

function isLeftover(path: string): boolean {
  const entries = readdirSync(path);
  return entries.every((name) => name === '_data') && (entries.length === 0 || isEmpty(join(path, '_data')));
}
