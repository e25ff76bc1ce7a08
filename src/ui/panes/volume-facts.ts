// Small readings of a volume.
import type { ContainerSummary } from '../../engine/api/container-types.ts';
import type { VolumeInspect } from '../../engine/api/volume-types.ts';

/** Containers that mount it, running or not. */
export function volumeUsers(
  volume: VolumeInspect,
  containers: readonly ContainerSummary[],
): ContainerSummary[] {
  return containers.filter((container) => container.Mounts.some((mount) => mount.Name === volume.Name));
}

/** Docker's mark of a volume that nobody named. */
export function isAnonymous(volume: VolumeInspect): boolean {
  return 'com.docker.volume.anonymous' in (volume.Labels ?? {}) || /^[0-9a-f]{64}$/.test(volume.Name);
}
