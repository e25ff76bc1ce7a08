// The directory that overlay and vfs have in common:
//
//   layers/<hex of chainID>/  diff/ (the tree)  layer.json {parent, size}
//   snapshots/<key>/          diff/ (the writable tree)  snapshot.json {parent}  and what the driver adds
//   tmp/<name>/ + <name>.lock being made by the owner of the lock      tmp/trash-*/ being removed
//   lock                      shared: a snapshot is being made; exclusive: a layer is being removed
//
// A directory below layers/ or snapshots/ is whole: it came there by rename, and leaves by rename.
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makePrivateDirectory } from '../../../native/private-directory.ts';
import { randomHex } from '../../../native/random.ts';
import { isErrno } from '../../../native/syscall-error.ts';
import { EngineError } from '../../api/errors.ts';
import { type FileLock, lockFile, tryLockFile } from '../file-lock.ts';
import { removeDirectory } from '../remove-directory.ts';

export interface LayerRecord {
  readonly parent?: string | undefined;
  readonly size: number;
}

/** A directory in the making, ours alone until it is published or disposed of. */
export interface Workspace extends AsyncDisposable {
  readonly path: string;
  readonly lock: FileLock;
}

export class LayerStore {
  readonly directory: string;

  constructor(directory: string) {
    this.directory = directory;
    makePrivateDirectory(directory);
    for (const name of ['layers', 'snapshots', 'tmp'])
      mkdirSync(join(directory, name), { recursive: true, mode: 0o700 });
  }

  layerPath(chainId: string): string {
    return join(this.directory, 'layers', chainId.replace('sha256:', ''));
  }

  snapshotPath(key: string): string {
    return join(this.directory, 'snapshots', key);
  }

  hasLayer(chainId: string): boolean {
    return existsSync(this.layerPath(chainId));
  }

  hasSnapshot(key: string): boolean {
    return existsSync(this.snapshotPath(key));
  }

  listLayers(): string[] {
    return readdirSync(join(this.directory, 'layers')).map((name) => `sha256:${name}`);
  }

  listSnapshots(): string[] {
    return readdirSync(join(this.directory, 'snapshots'));
  }

  layer(chainId: string): LayerRecord {
    const { parent, size } = readRecord(join(this.layerPath(chainId), 'layer.json'), `layer ${chainId}`);
    if (typeof size !== 'number') throw new Error(`the record of layer ${chainId} has no size`);
    return { parent: parentFrom(parent), size };
  }

  snapshotParent(key: string): string | undefined {
    const path = join(this.snapshotPath(key), 'snapshot.json');
    return parentFrom(readRecord(path, `snapshot ${key}`).parent);
  }

  /** The layer and all below it, top first. Throws not-found where one of them is missing. */
  chain(top: string | undefined): string[] {
    const chain: string[] = [];
    for (let at = top; at !== undefined; at = this.layer(at).parent) chain.push(at);
    return chain;
  }

  /** A directory of this name below tmp/, empty; waits while another process has it. */
  async workspace(name: string, signal?: AbortSignal): Promise<Workspace> {
    const path = join(this.directory, 'tmp', name);
    const lock = await lockFile(`${path}.lock`, { signal, removeFile: true });
    const dispose = async (): Promise<void> => {
      await removeDirectory(path);
      lock[Symbol.dispose]();
    };
    try {
      await removeDirectory(path);
      mkdirSync(path, { mode: 0o700 });
    } catch (error) {
      await dispose();
      throw error;
    }
    return { path, lock, [Symbol.asyncDispose]: dispose };
  }

  /** Makes a finished workspace visible as a layer. */
  publishLayer(workspace: Workspace, chainId: string, record: LayerRecord): void {
    writeFileSync(join(workspace.path, 'layer.json'), JSON.stringify(record));
    publish(workspace.path, this.layerPath(chainId));
  }

  /**
   * Makes a finished workspace visible as a snapshot, unless its parent went away meanwhile. The shared lock keeps
   * removeLayer out between the look and the rename.
   */
  async publishSnapshot(
    workspace: Workspace,
    { key, parent }: { key: string; parent: string | undefined },
  ): Promise<void> {
    writeFileSync(join(workspace.path, 'snapshot.json'), JSON.stringify({ parent }));
    using _ = await lockFile(join(this.directory, 'lock'), { shared: true });
    this.chain(parent);
    if (!publish(workspace.path, this.snapshotPath(key)))
      throw new EngineError('conflict', `snapshot ${key} exists already`);
  }

  /** False where something stands on it. */
  async removeLayer(chainId: string): Promise<boolean> {
    if (!this.hasLayer(chainId)) return true;
    const trash = this.#trashPath();
    {
      using _ = await lockFile(join(this.directory, 'lock'));
      if (this.#isParent(chainId)) return false;
      if (!moveAway(this.layerPath(chainId), trash)) return true;
    }
    await removeDirectory(trash);
    return true;
  }

  async removeSnapshot(key: string): Promise<void> {
    const trash = this.#trashPath();
    if (moveAway(this.snapshotPath(key), trash)) await removeDirectory(trash);
  }

  /** Removes what killed processes left in tmp/. */
  async sweep(): Promise<void> {
    const tmp = join(this.directory, 'tmp');
    for (const name of readdirSync(tmp)) {
      if (name.startsWith('trash-')) await removeDirectory(join(tmp, name));
      if (!name.endsWith('.lock')) continue;
      using lock = tryLockFile(join(tmp, name), { removeFile: true });
      if (lock !== undefined) await removeDirectory(join(tmp, name.slice(0, -'.lock'.length)));
    }
  }

  /** @param name the first characters of a workspace's name */
  isInTheMaking(name: string): boolean {
    return readdirSync(join(this.directory, 'tmp')).some((entry) => entry.startsWith(name));
  }

  #trashPath(): string {
    return join(this.directory, 'tmp', `trash-${randomHex(16)}`);
  }

  #isParent(chainId: string): boolean {
    return (
      this.listLayers().some((other) => this.layer(other).parent === chainId) ||
      this.listSnapshots().some((key) => this.snapshotParent(key) === chainId)
    );
  }
}

/** False where the target is there already. */
function publish(from: string, to: string): boolean {
  try {
    renameSync(from, to);
    return true;
  } catch (error) {
    if (isErrno(error, 'ENOTEMPTY', 'EEXIST')) return false;
    throw error;
  }
}

/** False where there is nothing to move. */
function moveAway(from: string, to: string): boolean {
  try {
    renameSync(from, to);
    return true;
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return false;
    throw error;
  }
}

function parentFrom(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

interface RawRecord {
  readonly parent?: unknown;
  readonly size?: unknown;
}

/** Ours, made visible whole by a rename; every start reads one a layer, so no schema stands in between. */
function readRecord(path: string, subject: string): RawRecord {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (typeof value !== 'object' || value === null) throw new Error(`the record of ${subject} is no object`);
    return value;
  } catch (error) {
    if (isErrno(error, 'ENOENT'))
      throw new EngineError('not-found', `${subject} does not exist`, { cause: error });
    throw error;
  }
}
