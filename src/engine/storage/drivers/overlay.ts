// overlay2: each layer is unpacked once, alone; overlayfs lays them over each other when a container starts.
//
// mount(2) takes one page of options, so layers are named by short links l/<16 digits of the chainID> → their tree:
// 90 layers fit below /var/lib/gantry.
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  statSync,
  symlinkSync,
  unlinkSync,
} from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';
import { makePrivateDirectory } from '../../../native/private-directory.ts';
import { isErrno } from '../../../native/syscall-error.ts';
import { mknod, setXattr } from '../../../native/syscalls.ts';
import { fileSystemName } from '../file-system-name.ts';
import { overlayChanges } from '../overlay-changes.ts';
import type {
  ApplyLayerRequest,
  ImageView,
  RootfsMount,
  StorageDriver,
  StorageDriverFactory,
  StorageDriverOptions,
} from '../storage-driver.ts';
import { treeUsage } from '../tree-usage.ts';
import { tieUp } from '../unpack/loose-ends.ts';
import { LayerStore } from './layer-store.ts';
import { unpackInto } from './unpack-into.ts';

export const overlayDriver: StorageDriverFactory = { name: 'overlay2', probe, open };

function probe(directory: string): string | undefined {
  if (!kernelHasOverlay()) return 'the kernel has no overlay file system';
  makePrivateDirectory(directory);
  const fileSystem = fileSystemName(directory);
  if (['overlayfs', 'nfs'].includes(fileSystem)) return `an overlay cannot write to ${fileSystem}`;
  return tryMarks(join(directory, `probe-${process.pid}`));
}

function kernelHasOverlay(): boolean {
  return (
    /\toverlay$/m.test(readFileSync('/proc/filesystems', 'utf8')) ||
    existsSync(`/lib/modules/${release()}/kernel/fs/overlayfs`)
  );
}

/** Whiteouts and opaque directories are what unpacking needs beyond ordinary files. */
function tryMarks(path: string): string | undefined {
  try {
    mknod(path, 0o020000, 0);
    setXattr(path, 'trusted.overlay.opaque', Buffer.from('y'));
    return undefined;
  } catch (error) {
    if (error instanceof Error) return error.message;
    throw error;
  } finally {
    if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) unlinkSync(path);
  }
}

function open(options: StorageDriverOptions): StorageDriver {
  return new OverlayDriver(options);
}

class OverlayDriver implements StorageDriver {
  readonly name = 'overlay2';
  readonly #store: LayerStore;
  readonly #unpackCommand: readonly string[] | undefined;

  constructor(options: StorageDriverOptions) {
    this.#store = new LayerStore(options.directory);
    this.#unpackCommand = options.unpackCommand;
    for (const name of ['l', 'empty']) mkdirSync(join(options.directory, name), { recursive: true });
  }

  status(): [string, string][] {
    return [
      ['Backing Filesystem', fileSystemName(this.#store.directory)],
      ['Supports d_type', 'true'],
    ];
  }

  async applyLayer(request: ApplyLayerRequest): Promise<{ readonly size: number }> {
    const { chainId, parent } = request;
    if (this.#store.hasLayer(chainId)) return { size: this.layerSize(chainId) };
    await using workspace = await this.#store.workspace(workspaceName(chainId), request.signal);
    if (this.#store.hasLayer(chainId)) return { size: this.layerSize(chainId) };
    const diff = join(workspace.path, 'diff');
    mkdirSync(diff);
    chmodSync(diff, 0o755);
    const { size, ...looseEnds } = await unpackInto(workspace, request, {
      whiteouts: 'overlay',
      command: this.#unpackCommand,
    });
    await request.parentReady;
    tieUp(diff, looseEnds, this.#lowerdirs(parent));
    this.#link(chainId);
    this.#store.publishLayer(workspace, chainId, { parent, size });
    return { size };
  }

  hasLayer(chainId: string): boolean {
    return this.#store.hasLayer(chainId);
  }

  layerSize(chainId: string): number {
    return this.#store.layer(chainId).size;
  }

  listLayers(): string[] {
    return this.#store.listLayers();
  }

  async removeLayer(chainId: string): Promise<boolean> {
    const removed = await this.#store.removeLayer(chainId);
    if (removed && !this.#store.hasLayer(chainId)) unlinkIfThere(this.#linkPath(chainId));
    return removed;
  }

  view(topChainId: string): ImageView {
    return { kind: 'overlay', lowerdirs: this.#lowerdirs(topChainId) };
  }

  async createSnapshot(key: string, parent: string | undefined): Promise<void> {
    const [top] = this.#lowerdirs(parent);
    await using workspace = await this.#store.workspace(`snapshot-${key}`);
    const diff = join(workspace.path, 'diff');
    for (const directory of [diff, join(workspace.path, 'work')]) mkdirSync(directory);
    // The root of the merged tree has the attributes of the upper directory.
    const { mode, uid, gid } = top === undefined ? { mode: 0o755, uid: 0, gid: 0 } : statSync(top);
    chownSync(diff, uid, gid);
    chmodSync(diff, mode & 0o7777);
    await this.#store.publishSnapshot(workspace, { key, parent });
  }

  hasSnapshot(key: string): boolean {
    return this.#store.hasSnapshot(key);
  }

  listSnapshots(): string[] {
    return this.#store.listSnapshots();
  }

  removeSnapshot(key: string): Promise<void> {
    return this.#store.removeSnapshot(key);
  }

  rootfs(key: string): RootfsMount & { kind: 'overlay' } {
    const lowerdirs = this.#lowerdirs(this.#store.snapshotParent(key));
    const snapshot = this.#store.snapshotPath(key);
    return {
      kind: 'overlay',
      // Overlayfs wants at least one.
      lowerdirs: lowerdirs.length > 0 ? lowerdirs : [join(this.#store.directory, 'empty')],
      upperdir: join(snapshot, 'diff'),
      workdir: join(snapshot, 'work'),
      base: this.#store.directory,
    };
  }

  async changes(key: string) {
    const { upperdir, lowerdirs } = this.rootfs(key);
    return overlayChanges(upperdir, lowerdirs);
  }

  async usage(key: string) {
    return treeUsage(this.rootfs(key).upperdir);
  }

  async sweep(): Promise<void> {
    await this.#store.sweep();
    const links = join(this.#store.directory, 'l');
    for (const name of readdirSync(links)) {
      // A layer that is being unpacked has its link before it is published: its workspace is locked.
      const isDangling = statSync(join(links, name), { throwIfNoEntry: false }) === undefined;
      if (isDangling && !this.#store.isInTheMaking(name)) unlinkIfThere(join(links, name));
    }
  }

  #lowerdirs(top: string | undefined): string[] {
    return this.#store.chain(top).map((chainId) => this.#linkPath(chainId));
  }

  #linkPath(chainId: string): string {
    return join(this.#store.directory, 'l', workspaceName(chainId).slice(0, 16));
  }

  #link(chainId: string): void {
    const path = this.#linkPath(chainId);
    unlinkIfThere(path);
    symlinkSync(`../layers/${workspaceName(chainId)}/diff`, path);
  }
}

const workspaceName = (chainId: string): string => chainId.replace('sha256:', '');

function unlinkIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw error;
  }
}
