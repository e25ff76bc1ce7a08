// Volumes as directories on this machine.
import { chmodSync, mkdirSync, opendirSync, readdirSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { randomHex } from '../../native/random.ts';
import { isErrno } from '../../native/syscall-error.ts';
import { EngineError, volumeNotFound } from '../api/errors.ts';
import type { CreateVolumeRequest, VolumeInspect } from '../api/volume-types.ts';
import { removeDirectory } from '../storage/remove-directory.ts';
import { treeUsage } from '../storage/tree-usage.ts';
import { listFilter, pruneFilter } from './volume-filter.ts';
import { ANONYMOUS_LABEL, checkVolumeRequest, needsMount } from './volume-request.ts';
import type { VolumeService, VolumeServiceOptions } from './volume-service.ts';
import { type VolumeRecord, type VolumeStore, createVolumeStore } from './volume-store.ts';

export function createVolumeService(options: VolumeServiceOptions): VolumeService {
  const store = createVolumeStore(options.database);
  const { directory, usedBy } = options;
  const inspect = (record: VolumeRecord) => inspectionOf(record, directory);
  const get = (name: string) => {
    const record = store.find(name);
    if (record === undefined) throw volumeNotFound(name);
    return record;
  };
  const candidate = (record: VolumeRecord) => ({
    record,
    isDangling: () => usedBy(record.name).length === 0,
  });

  return {
    create: (request = {}) => inspect(createVolume(store, directory, request)),
    inspect: (name) => inspect(get(name)),
    has: (name) => store.find(name) !== undefined,
    isAnonymous: (name) => ANONYMOUS_LABEL in get(name).labels,
    list: (filters) => {
      const wanted = listFilter(filters);
      return store
        .list()
        .filter((record) => wanted(candidate(record)))
        .map(inspect);
    },
    remove: async (name, { force = false } = {}) => {
      const isRemoved = store.delete(name, () => refuseWhileUsed(name, usedBy(name)));
      if (isRemoved) await discard(directory, name);
      else if (!force) throw volumeNotFound(name);
    },
    prune: async (filters) => {
      const wanted = pruneFilter(filters);
      const unused = store.list().filter((record) => wanted(candidate(record)));
      return await pruneVolumes(options, store, unused);
    },
    mountpoint: (name) => {
      const record = get(name);
      if (!needsMount(record.options)) return dataDirectory(directory, name);
      throw new EngineError(
        'not-implemented',
        `volume ${name}: gantry does not mount volumes with driver options (${Object.keys(record.options ?? {}).join(', ')}) yet`,
      );
    },
    isEmpty: (name) => isEmpty(dataDirectory(directory, get(name).name)),
    usage: () =>
      Promise.resolve(
        store.list().map((record) => ({
          ...inspect(record),
          UsageData: {
            Size: sizeOf(dataDirectory(directory, record.name)),
            RefCount: usedBy(record.name).length,
          },
        })),
      ),
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
  if (existing !== undefined) return existing;

  const options = request.DriverOpts ?? {};
  const record: VolumeRecord = {
    name,
    createdAt: new Date().toISOString().replace(/\.\d+Z$/, 'Z'),
    labels: { ...request.Labels, ...(request.Name ? {} : { [ANONYMOUS_LABEL]: '' }) },
    options: Object.keys(options).length === 0 ? null : options,
  };
  // 0701: a process that knows the name may pass through, nobody may list; as Docker has it.
  makeDirectory(join(directory, name), 0o701);
  makeDirectory(dataDirectory(directory, name), 0o755);
  // Another process may have been quicker: then its record holds.
  return store.insert(record) ? record : (store.find(name) ?? record);
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

function refuseWhileUsed(name: string, containerIds: readonly string[]): void {
  if (containerIds.length === 0) return;
  throw new EngineError('conflict', `remove ${name}: volume is in use - [${containerIds.join(', ')}]`);
}

/** First out of the way, so that the name can be used again at once, then away. */
async function discard(directory: string, name: string): Promise<void> {
  const doomed = join(directory, `${DOOMED}${randomHex(8)}`);
  try {
    renameSync(join(directory, name), doomed);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return;
    throw error;
  }
  await removeDirectory(doomed);
}

/** No volume can have such a name. */
const DOOMED = '.removing-';

async function pruneVolumes(
  { directory, usedBy }: VolumeServiceOptions,
  store: VolumeStore,
  unused: readonly VolumeRecord[],
): Promise<{ VolumesDeleted: string[]; SpaceReclaimed: number }> {
  const pruned = { VolumesDeleted: [] as string[], SpaceReclaimed: 0 };
  for (const { name } of unused) {
    const size = sizeOf(dataDirectory(directory, name));
    if (!deleteUnlessUsed(store, name, usedBy)) continue;
    await discard(directory, name);
    pruned.VolumesDeleted.push(name);
    pruned.SpaceReclaimed += size;
  }
  return pruned;
}

/** False where a container came to use it meanwhile. */
function deleteUnlessUsed(
  store: VolumeStore,
  name: string,
  usedBy: (name: string) => readonly string[],
): boolean {
  if (usedBy(name).length > 0) return false;
  return store.delete(name, () => refuseWhileUsed(name, usedBy(name)));
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

/** A create that another process is in the middle of has its directory before its record. */
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
