// The storage room: unpacked layers, and the directories that containers write to.
//
// Words. A *layer* here is an unpacked, committed, read-only directory state; it is named by the chainID of its
// stack (digest over the diffIDs from the bottom up to it). A *snapshot* is the writable state of one container on
// top of one layer; its *key* is the container's id. A *rootfs mount* tells as data what is to be mounted; whoever
// needs the tree mounts it himself (the shim in the container's mount namespace, `cp` for a moment).
//
//   applyLayer(bottom) ─▶ applyLayer(next, on bottom) ─▶ … ─▶ createSnapshot(container, on top) ─▶ rootfs ─▶ removeSnapshot
//                                                        └─▶ removeLayer, from the top down
//
// Everything becomes visible in one step (a rename), so that a process that dies half-way leaves a temporary
// directory whose lock is free; the next one that works here sweeps it. The room never mounts anything on the
// machine, knows nothing of registries, and never looks into a tar outside of the confined unpack process.
import type { FileChange } from '../api/container-types.ts';

/** What applyLayer reads: a blob whose digest has been verified, compressed as its media type says or by its magic. */
export interface LayerBlob {
  readonly blobPath: string;
  readonly mediaType: string;
  /** `sha256:…` of the uncompressed tar, as the image config promises it; checked while unpacking. */
  readonly diffId: string;
}

/** Bytes of the compressed blob that have been worked through. */
export type UnpackProgress = (bytesRead: number) => void;

/** The tree that a container sees as `/`, ready to be mounted by whoever needs it. */
export type RootfsMount =
  | {
      readonly kind: 'overlay';
      /** Top first, as overlayfs wants them; absolute paths. Never empty. */
      readonly lowerdirs: readonly string[];
      readonly upperdir: string;
      readonly workdir: string;
      /** All of them lie below it and on its mount, which therefore can be idmapped as a whole. */
      readonly base: string;
    }
  | { readonly kind: 'bind'; readonly source: string };

/** The content of an image without a writable part: of `kind` overlay with one lowerdir it is that directory. */
export type ImageView =
  | { readonly kind: 'overlay'; readonly lowerdirs: readonly string[] }
  | { readonly kind: 'bind'; readonly source: string };

export interface SnapshotUsage {
  readonly bytes: number;
  readonly inodes: number;
}

export interface StorageDriver {
  readonly name: string;

  /** Pairs for `info`, e.g. `Backing Filesystem: extfs`. */
  status(): [string, string][];

  /**
   * Unpacks a layer on top of its parent. Before: the parent is there, or
   * will be when `parentReady` resolves, so that a driver may unpack several layers at once. After: the layer is visible, whole. A layer
   * that is there already is left as it is; two processes may unpack the same layer at once and one of them wins.
   * On failure nothing is visible. @returns bytes of the regular files in this layer alone
   */
  applyLayer(request: ApplyLayerRequest): Promise<{ readonly size: number }>;

  /** True where applyLayer is done with it. */
  hasLayer(chainId: string): boolean;

  /** Bytes of this layer alone; throws where it is not there. */
  layerSize(chainId: string): number;

  /** ChainIDs of all committed layers. */
  listLayers(): string[];

  /**
   * Removes a layer; false, and nothing happens, while another layer or a snapshot stands on it. An unknown layer
   * is gone already: true.
   */
  removeLayer(chainId: string): Promise<boolean>;

  /** What `volume` copy-up and `history` read: the image's content as data to mount, or one directory. */
  view(topChainId: string): ImageView;

  /**
   * Makes the writable part of a container. `parent` undefined is an empty root. A snapshot of that key that is
   * there already is an error (conflict); a parent that is not there is not-found.
   */
  createSnapshot(key: string, parent: string | undefined): Promise<void>;

  hasSnapshot(key: string): boolean;

  /** Keys of all snapshots: what no container record knows is left over from a crash. */
  listSnapshots(): string[];

  /** Removes it whatever lies in it (immutable or append-only files too); an unknown key is no error. */
  removeSnapshot(key: string): Promise<void>;

  /** What to mount for this container. Throws not-found where there is no such snapshot. */
  rootfs(key: string): RootfsMount;

  /** `docker diff`: what differs from the image, in order of path. The container may run meanwhile. */
  changes(key: string): Promise<FileChange[]>;

  /** Of the writable part alone (for vfs: of everything that differs from the image is not known, so of all). */
  usage(key: string): Promise<SnapshotUsage>;

  /** Removes temporary directories whose owner is gone. Called when the engine opens for writing. */
  sweep(): Promise<void>;
}

export interface ApplyLayerRequest {
  readonly chainId: string;
  /** ChainID of the layer below; undefined for the bottom one. */
  readonly parent: string | undefined;
  /** Undefined where the parent is there already. Where it rejects, so does applyLayer. */
  readonly parentReady?: Promise<unknown> | undefined;
  readonly layer: LayerBlob;
  /** Runs the costly part: the caller bounds how many do at once. Not held while waiting for the parent. */
  readonly limit?: (<T>(task: () => Promise<T>) => Promise<T>) | undefined;
  readonly onProgress?: UnpackProgress | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface StorageDriverOptions {
  /** The driver's own directory, made where it is missing. */
  readonly directory: string;
  /** Starts the confined unpack process; see unpack/launch-unpack.ts. */
  readonly unpackCommand?: readonly string[] | undefined;
}

export interface StorageDriverFactory {
  readonly name: string;
  /** Undefined where the driver works in this directory, else the reason why it cannot. */
  probe(directory: string): string | undefined;
  open(options: StorageDriverOptions): StorageDriver;
}
