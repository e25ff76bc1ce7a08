// What a request says about mounts, as one list. Pure.
// Docker's rules: moby volume/mounts/linux_parser.go, daemon/volumes.go; texts are Docker's.
import type { HostConfig } from '../api/container-request.ts';
import { EngineError } from '../api/errors.ts';
import { parseBind } from './bind-spec.ts';
import { fromMountRequest, fromTmpfs } from './mount-requests.ts';
import { cleanTarget } from './mount-target.ts';
import type { ResolvedMount } from './resolved-mount.ts';

export interface MountRequests {
  readonly hostConfig: Pick<HostConfig, 'Binds' | 'Mounts' | 'Tmpfs' | 'VolumeDriver'>;
  /** Config.Volumes of the request and of the image: targets of anonymous volumes. */
  readonly volumes: readonly string[];
  /** What the containers of VolumesFrom have, read-only applied; the caller finds them (see parseVolumesFrom). */
  readonly inherited: readonly ResolvedMount[];
}

/**
 * One list of all mounts. What was asked for by name wins over what is inherited from other containers, and that over
 * the image's volumes; two that were asked for at one place are an error. Throws invalid-parameter.
 */
export function resolveMounts(requests: MountRequests): ResolvedMount[] {
  const { Binds: binds, Mounts: mounts, Tmpfs: tmpfs } = requests.hostConfig;
  const asked = [
    ...(binds ?? []).map(parseBind),
    ...(mounts ?? []).map(fromMountRequest),
    ...Object.entries(tmpfs ?? {}).map(fromTmpfs),
  ];
  const byTarget = new Map<string, ResolvedMount>();
  for (const mount of asked) {
    if (byTarget.has(mount.target))
      throw new EngineError('invalid-parameter', `Duplicate mount point: ${mount.target}`);
    byTarget.set(mount.target, mount);
  }
  for (const mount of [...requests.inherited, ...requests.volumes.map(anonymousVolume)])
    if (!byTarget.has(mount.target)) byTarget.set(mount.target, mount);
  return [...byTarget.values()].sort((a, b) => depth(a.target) - depth(b.target));
}

/** `container[:ro|rw]` of --volumes-from. */
export function parseVolumesFrom(spec: string): { container: string; readOnly: boolean } {
  const [container = '', mode = 'rw', ...rest] = spec.split(':');
  if (container === '')
    throw new EngineError('invalid-parameter', `invalid volumes-from specification: '${spec}'`);
  if (rest.length > 0 || !['ro', 'rw', 'z', 'Z'].includes(mode))
    throw new EngineError('invalid-parameter', `invalid mode for volumes-from: ${mode}`);
  return { container, readOnly: mode === 'ro' };
}

function depth(target: string): number {
  return target.split('/').length;
}

function anonymousVolume(target: string): ResolvedMount {
  const refuse = (text: string) =>
    new EngineError('invalid-parameter', `invalid volume specification: '${target}': ${text}`);
  return { ...NO_VOLUME_OPTIONS, kind: 'volume', name: '', target: cleanTarget(target, refuse) };
}

const NO_VOLUME_OPTIONS = {
  readOnly: false,
  noCopy: false,
  subpath: '',
  labels: {},
  driverOptions: {},
  ownership: undefined,
  mode: '',
} as const;
