// Images as the Docker Engine API v1.47 shows them.

export interface ImageSummary {
  /** `sha256:…` of the image config. */
  Id: string;
  ParentId: string;
  /** Undefined or `<none>:<none>` for dangling images. */
  RepoTags: string[] | undefined;
  RepoDigests?: string[] | undefined;
  /** Seconds since 1970. */
  Created: number;
  /** Bytes of all layers, unpacked. */
  Size: number;
  SharedSize: number;
  Labels: Record<string, string> | null;
  /** -1 where it was not counted. */
  Containers: number;
}

/** The part of an OCI image config that a container takes its defaults from. */
export interface ImageConfig {
  User?: string;
  ExposedPorts?: Record<string, object> | null;
  Env?: string[] | null;
  Entrypoint?: string | string[] | null | undefined;
  Cmd?: string[] | null;
  Volumes?: Record<string, object> | null;
  WorkingDir?: string;
  Labels?: Record<string, string> | null;
  StopSignal?: string;
}

export interface ImageInspect {
  Id: string;
  RepoTags: string[];
  RepoDigests: string[];
  Parent: string;
  Comment: string;
  /** RFC 3339. */
  Created: string;
  Author: string;
  Config: ImageConfig;
  Architecture: string;
  Os: string;
  Size: number;
  GraphDriver: { Name: string; Data: object };
  RootFS: { Type: string; Layers?: string[] | undefined };
}

/** One line of `history`, newest first. */
export interface ImageHistoryEntry {
  Id: string;
  Created: number;
  CreatedBy: string;
  Tags: string[] | null;
  Size: number;
  Comment: string;
}

export type ImageRemoval = { Untagged: string } | { Deleted: string };

/** One JSON line of the stream that `pull` and `loadImage` return. */
export interface ProgressMessage {
  /** `Pulling fs layer`, `Downloading`, `Download complete`, `Extracting`, `Pull complete` … or a closing sentence. */
  status?: string;
  /** The layer's short digest. */
  id?: string;
  progressDetail?: { current?: number; total?: number };
  /** A bar for people, made from progressDetail. */
  progress?: string;
  /** Of `load`. */
  stream?: string;
  error?: string;
  errorDetail?: { message: string };
}
