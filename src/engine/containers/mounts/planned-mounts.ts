// A container's mounts before anything of them is made. They are written down first: a volume that a record names is in
// use, so nobody removes it between its making and its first mount, and whoever undoes a creation knows what it made.
import { relative } from 'node:path';
import type { CreateContainerRequest, HostConfig } from '../../api/container-request.ts';
import { containerNotFound } from '../../api/errors.ts';
import type { ResolvedImage } from '../../images/image-service.ts';
import { parseVolumesFrom, resolveMounts } from '../../volumes/mount-specs.ts';
import type { ResolvedMount } from '../../volumes/resolved-mount.ts';
import { ANONYMOUS_LABEL } from '../../volumes/volume-request.ts';
import type { ContainerDeps } from '../container-deps.ts';
import type { ContainerMount } from '../container.ts';
import { newId } from '../identity.ts';

/** A mount whose volume has a name, whether or not it is there. */
export type PlannedMount = ResolvedMount & { readonly anonymous: boolean };

export interface MountSources {
  readonly hostConfig: HostConfig;
  readonly request: Pick<CreateContainerRequest, 'Volumes'>;
  readonly image: Pick<ResolvedImage, 'config'>;
}

/** In the order in which they must be mounted. Throws invalid-parameter, and not-found for a container of VolumesFrom. */
export function planMounts(
  deps: Pick<ContainerDeps, 'store'>,
  { hostConfig, request, image }: MountSources,
): PlannedMount[] {
  return resolveMounts({
    hostConfig,
    volumes: [...Object.keys(image.config.Volumes ?? {}), ...Object.keys(request.Volumes ?? {})],
    inherited: inheritedMounts(deps, hostConfig.VolumesFrom ?? []),
  }).map(planMount);
}

export function planMount(mount: ResolvedMount): PlannedMount {
  if (mount.kind !== 'volume' || mount.name !== '') return { ...mount, anonymous: false };
  return { ...mount, name: newId(), labels: { ...mount.labels, [ANONYMOUS_LABEL]: '' }, anonymous: true };
}

/** As the record has it. The Source of a volume is '' until that is made. */
export function recordedMount(mount: PlannedMount): ContainerMount {
  const shared = { Destination: mount.target, RW: !mount.readOnly, anonymous: mount.anonymous };
  if (mount.kind === 'tmpfs') {
    const options = mount.options.join(',');
    return { Type: 'tmpfs', Source: '', ...shared, Mode: '', Propagation: '', options, recursive: false };
  }
  const { mode: Mode, ownership } = mount;
  const owned = ownership === undefined ? {} : { ownership };
  if (mount.kind === 'volume') {
    const volume = {
      Type: 'volume',
      Name: mount.name,
      Source: '',
      Driver: 'local',
      Propagation: '',
    } as const;
    return { ...volume, ...shared, Mode, options: '', recursive: false, ...owned };
  }
  const { source: Source, propagation: Propagation, recursive } = mount;
  return { Type: 'bind', Source, ...shared, Mode, Propagation, options: '', recursive, ...owned };
}

/** What `--volumes-from` takes over: binds and volumes of other containers, as they were resolved there. */
function inheritedMounts(deps: Pick<ContainerDeps, 'store'>, specs: readonly string[]): ResolvedMount[] {
  return specs.flatMap((spec) => {
    const { container, readOnly } = parseVolumesFrom(spec);
    const { record, intent } = deps.store.get(container);
    // Its own mounts are not made yet.
    if (intent === 'create') throw containerNotFound(container);
    return record.mounts.flatMap((mount): ResolvedMount[] => {
      const shared = {
        target: mount.Destination,
        readOnly: readOnly || !mount.RW,
        mode: mount.Mode,
        ownership: mount.ownership,
      };
      if (mount.Type === 'volume' && mount.Name !== undefined) {
        return [
          {
            kind: 'volume',
            name: mount.Name,
            inherited: true,
            ...shared,
            noCopy: true,
            subpath: mount.beneath === undefined ? '' : relative(mount.beneath, mount.Source),
            labels: {},
            driverOptions: {},
          },
        ];
      }
      if (mount.Type !== 'bind') return [];
      const { Source: source, recursive } = mount;
      return [{ kind: 'bind', source, ...shared, propagation: 'rprivate', recursive, createSource: false }];
    });
  });
}
