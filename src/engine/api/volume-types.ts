// Volumes as the Docker Engine API v1.47 shows them.

export interface VolumeInspect {
  Name: string;
  Driver: string;
  Mountpoint: string;
  /** RFC 3339; dockerode's type does not have it. */
  CreatedAt?: string;
  Labels: Record<string, string>;
  Scope: string;
  Options: Record<string, string> | null;
  /** Only in `df` and in lists that asked for it. Bytes; -1 where unknown. */
  UsageData?: { Size: number; RefCount: number } | null | undefined;
}

export interface CreateVolumeRequest {
  Name?: string;
  Driver?: string;
  DriverOpts?: Record<string, string>;
  Labels?: Record<string, string>;
}
