// The images room: pulls, loads, names and removes images.
//
// Words. An *image* is a config (its digest is the image's id) with a manifest and layers; a *reference* is a name
// that points at an image, `docker.io/library/alpine:latest` or `docker.io/library/alpine@sha256:…` in full; the
// *familiar* form leaves out what is implied (`alpine:latest`). An image without a tag is *dangling*.
//
//   pull or load ─▶ blobs in the content store ─▶ layers unpacked ─▶ image and reference recorded (visible now)
//                        └──────── a lease names all of it until then, so that no sweep takes it ────────┘
//   remove ─▶ reference gone ─▶ image gone with its last reference ─▶ sweep: layers and blobs that nothing names
//
// Nothing becomes visible before every digest was verified. The room never parses a tar itself outside of reading
// the outer archive of `load`, never runs image content, and keeps no state in memory: any number of processes may
// work on one data root.
import type { Filters } from '../api/engine-client.ts';
import type {
  ImageConfig,
  ImageHistoryEntry,
  ImageInspect,
  ImageRemoval,
  ImageSummary,
  ProgressMessage,
} from '../api/image-types.ts';

/** Everything that a container is created from. */
export interface ResolvedImage {
  /** `sha256:…` of the config. */
  readonly id: string;
  /** What was asked for, familiar; Docker shows it as the container's `Config.Image`. */
  readonly reference: string;
  readonly config: ImageConfig;
  /** Bottom first; the last one is what a snapshot stands on. Empty for an image without layers. */
  readonly chainIds: readonly string[];
  readonly topChainId: string | undefined;
  readonly architecture: string;
  readonly os: string;
}

export type ReportProgress = (message: ProgressMessage) => void;

export interface RegistryCredentials {
  readonly username: string;
  readonly password: string;
}

export interface PullOptions {
  /** `os/arch[/variant]`; the machine's own where undefined. */
  readonly platform?: string | undefined;
  /** Instead of what ~/.docker/config.json says. */
  readonly auth?: RegistryCredentials | undefined;
  readonly report?: ReportProgress | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface LoadOptions {
  readonly report?: ReportProgress | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A container that stands on an image, for the conflict texts of `rmi`. */
export interface ImageUser {
  readonly id: string;
  readonly running: boolean;
}

/** Asks the containers room; called inside of the lock that keeps a removal whole. */
export type ImageUsers = (imageId: string) => readonly ImageUser[];

export interface RemoveImageOptions {
  readonly force?: boolean | undefined;
  /** Keep parents that have no name; here: keep the layers. */
  readonly noprune?: boolean | undefined;
}

export interface ImageDiskUsage {
  /** Bytes of all unpacked layers, each counted once. */
  readonly layersSize: number;
  readonly images: ImageSummary[];
}

export interface ImageService {
  /** Newest first. Filters: dangling, label, reference, before, since, until. */
  list(options?: { all?: boolean | undefined; filters?: Filters | undefined }): ImageSummary[];

  /** By name, id or unique prefix of an id. Throws not-found as Docker words it. */
  inspect(reference: string): ImageInspect;

  /** Newest entry first. */
  history(reference: string): ImageHistoryEntry[];

  /**
   * For creating a container. Throws not-found where it is not here, or not for the platform that was asked for: the
   * caller may pull.
   */
  resolve(reference: string, platform?: string): ResolvedImage;

  /** True where a name or id is here. */
  has(reference: string): boolean;

  /** Brings an image here whole, or leaves nothing but partial blobs that the next pull continues. */
  pull(reference: string, options?: PullOptions): Promise<{ readonly id: string }>;

  /** `docker save` and OCI archives, plain or compressed; a path or a stream. @returns familiar names or ids */
  load(source: string | NodeJS.ReadableStream, options?: LoadOptions): Promise<readonly string[]>;

  /** Gives an image one more name; a name that pointed elsewhere moves. */
  tag(reference: string, target: { repo: string; tag?: string | undefined }): Promise<void>;

  /** `rmi`. Throws conflict in Docker's words while containers or other names need it. */
  remove(reference: string, options?: RemoveImageOptions): Promise<ImageRemoval[]>;

  /** Removes dangling images, or with the filter dangling=false all that no container stands on. */
  prune(filters?: Filters): Promise<{ ImagesDeleted: ImageRemoval[] | null; SpaceReclaimed: number }>;

  diskUsage(): ImageDiskUsage;

  /** Builds `gantry/hosttools:latest` out of this machine's shell and core utilities. */
  buildHosttools(options?: LoadOptions): Promise<{ readonly id: string }>;

  /** Mends what a killed process left: dead leases, temporary files, layers and blobs that nothing names. */
  sweep(): Promise<void>;
}

/** What happened to images, for the event log. */
export interface ImageEvent {
  readonly action: 'pull' | 'load' | 'tag' | 'untag' | 'delete';
  readonly imageId: string;
  /** Familiar reference, or the id. */
  readonly name: string;
}
