// vfs: each layer is a whole copy of the one below with its changes carried out, a container's root is a copy of the
// top one. Works on every file system, and costs what it looks like: for machines where overlay cannot work.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { copyTree } from '../copy-tree.ts';
import { fileSystemName } from '../file-system-name.ts';
import type {
  ApplyLayerRequest,
  ImageView,
  RootfsMount,
  StorageDriver,
  StorageDriverFactory,
  StorageDriverOptions,
} from '../storage-driver.ts';
import { treeChanges } from '../tree-changes.ts';
import { treeUsage } from '../tree-usage.ts';
import { LayerStore } from './layer-store.ts';
import { unpackInto } from './unpack-into.ts';

export const vfsDriver: StorageDriverFactory = {
  name: 'vfs',
  probe: () => undefined,
  open: (options) => new VfsDriver(options),
};

class VfsDriver implements StorageDriver {
  readonly name = 'vfs';
  readonly #store: LayerStore;
  readonly #unpackCommand: readonly string[] | undefined;

  constructor(options: StorageDriverOptions) {
    this.#store = new LayerStore(options.directory);
    this.#unpackCommand = options.unpackCommand;
  }

  status(): [string, string][] {
    return [['Backing Filesystem', fileSystemName(this.#store.directory)]];
  }

  async applyLayer(request: ApplyLayerRequest): Promise<{ readonly size: number }> {
    const { chainId, parent } = request;
    await request.parentReady;
    if (this.#store.hasLayer(chainId)) return { size: this.layerSize(chainId) };
    await using workspace = await this.#store.workspace(chainId.replace('sha256:', ''), request.signal);
    if (this.#store.hasLayer(chainId)) return { size: this.layerSize(chainId) };
    const directory = join(workspace.path, 'diff');
    this.#copyOf(parent, directory);
    const { size, links } = await unpackInto(workspace, request, {
      whiteouts: 'delete',
      command: this.#unpackCommand,
    });
    const [missing] = links;
    if (missing !== undefined) throw new Error(`hard link ${missing[0]} to ${missing[1]}: no such file`);
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

  removeLayer(chainId: string): Promise<boolean> {
    return this.#store.removeLayer(chainId);
  }

  view(topChainId: string): ImageView {
    this.#store.chain(topChainId);
    return { kind: 'bind', source: this.#tree(topChainId) };
  }

  async createSnapshot(key: string, parent: string | undefined): Promise<void> {
    await using workspace = await this.#store.workspace(`snapshot-${key}`);
    this.#copyOf(parent, join(workspace.path, 'diff'));
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

  rootfs(key: string): RootfsMount & { kind: 'bind' } {
    this.#store.snapshotParent(key);
    return { kind: 'bind', source: join(this.#store.snapshotPath(key), 'diff') };
  }

  async changes(key: string) {
    const parent = this.#store.snapshotParent(key);
    return treeChanges(parent === undefined ? undefined : this.#tree(parent), this.rootfs(key).source);
  }

  async usage(key: string) {
    return treeUsage(this.rootfs(key).source);
  }

  sweep(): Promise<void> {
    return this.#store.sweep();
  }

  #tree(chainId: string): string {
    return join(this.#store.layerPath(chainId), 'diff');
  }

  #copyOf(parent: string | undefined, directory: string): void {
    mkdirSync(directory, 0o755);
    if (parent === undefined) return;
    this.#store.chain(parent);
    copyTree(this.#tree(parent), directory);
  }
}
