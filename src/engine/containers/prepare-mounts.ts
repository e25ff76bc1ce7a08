// At create: volumes are made and filled, bind sources looked for, and all mounts written down as inspect shows them.
import { existsSync, mkdirSync, realpathSync, statfsSync } from 'node:fs';
import { relative } from 'node:path';
import type { CreateContainerRequest } from '../api/container-request.ts';
import { EngineError } from '../api/errors.ts';
import type { ResolvedImage } from '../images/image-service.ts';
import { parseVolumesFrom, resolveMounts, type ResolvedMount } from '../volumes/mount-specs.ts';
import { resolveSubpath } from '../volumes/subpath.ts';
import type { ContainerDeps } from './container-deps.ts';
import type { ContainerMount, ContainerRecord } from './container.ts';
import { bindIdmap } from './mount-owners.ts';

export interface PrepareMountsInput {
  readonly record: ContainerRecord;
  readonly request: CreateContainerRequest;
  readonly image: ResolvedImage;
}

export async function prepareMounts(
  deps: ContainerDeps,
  input: PrepareMountsInput,
): Promise<ContainerMount[]> {
  const { record, request, image } = input;
  const resolved = resolveMounts({
    hostConfig: record.hostConfig,
    volumes: [...Object.keys(image.config.Volumes ?? {}), ...Object.keys(request.Volumes ?? {})],
    inherited: inheritedMounts(deps, record.hostConfig.VolumesFrom ?? []),
  });
  const mounts: ContainerMount[] = [];
  for (const mount of resolved) mounts.push(await prepareMount(deps, mount, image.topChainId));
  // Refuses an ownership that this container cannot have.
  for (const mount of mounts) bindIdmap(record, mount);
  return mounts;
}

/**
 * Makes and fills the volume, or looks for the bind's source.
 * @param topChainId of the image that fills an empty volume; undefined where it is gone or has no layers
 */
export async function prepareMount(
  deps: ContainerDeps,
  mount: ResolvedMount,
  topChainId: string | undefined,
): Promise<ContainerMount> {
  assertNotOverProc(mount);
  switch (mount.kind) {
    case 'bind':
      return bindMount(mount);
    case 'volume':
      return await volumeMount(deps, mount, topChainId);
    case 'tmpfs':
      return {
        Type: 'tmpfs',
        Source: '',
        Destination: mount.target,
        Mode: '',
        RW: !mount.readOnly,
        Propagation: '',
        anonymous: false,
        options: mount.options.join(','),
        recursive: false,
      };
  }
}

type Resolved<Kind extends ResolvedMount['kind']> = Extract<ResolvedMount, { kind: Kind }>;

/** runc's words. What lies below /proc the shim refuses, which sees where links lead. */
function assertNotOverProc(mount: ResolvedMount): void {
  if (mount.target !== '/proc') return;
  const isProc =
    mount.kind === 'bind' && existsSync(mount.source) && statfsSync(mount.source).type === PROC_MAGIC;
  if (isProc) return;
  throw new EngineError('invalid-parameter', '"/proc" cannot be mounted because it is not of type proc');
}

/** PROC_SUPER_MAGIC of <linux/magic.h>. */
const PROC_MAGIC = 0x9fa0;

function bindMount(mount: Resolved<'bind'>): ContainerMount {
  if (!existsSync(mount.source)) {
    if (!mount.createSource) {
      throw new EngineError(
        'invalid-parameter',
        `invalid mount config for type "bind": bind source path does not exist: ${mount.source}`,
      );
    }
    mkdirSync(mount.source, { recursive: true });
  }
  return {
    Type: 'bind',
    Source: mount.source,
    Destination: mount.target,
    Mode: mount.mode,
    RW: !mount.readOnly,
    Propagation: mount.propagation,
    anonymous: false,
    options: '',
    recursive: mount.recursive,
    ...(mount.ownership === undefined ? {} : { ownership: mount.ownership }),
  };
}

async function volumeMount(
  deps: ContainerDeps,
  mount: Resolved<'volume'>,
  topChainId: string | undefined,
): Promise<ContainerMount> {
  const volume = deps.volumes.create({
    ...(mount.name === '' ? {} : { Name: mount.name }),
    Labels: { ...mount.labels },
    DriverOpts: { ...mount.driverOptions },
  });
  const directory = deps.volumes.mountpoint(volume.Name);
  // It looks itself whether the volume is empty, or was left half filled.
  if (!mount.noCopy && topChainId !== undefined) {
    const { copyUp } = await import('./copy-up.ts');
    await copyUp({ view: deps.storage.view(topChainId), path: mount.target, volumeDir: directory });
  }
  return {
    Type: 'volume',
    Name: volume.Name,
    Source: resolveSubpath(directory, mount.subpath),
    ...(mount.subpath === '' ? {} : { beneath: realpathSync(directory) }),
    Destination: mount.target,
    Driver: volume.Driver,
    Mode: mount.mode,
    RW: !mount.readOnly,
    Propagation: '',
    anonymous: mount.name === '',
    options: '',
    recursive: false,
    ...(mount.ownership === undefined ? {} : { ownership: mount.ownership }),
  };
}

/** What `--volumes-from` takes over: binds and volumes of other containers, as they were resolved there. */
function inheritedMounts(deps: ContainerDeps, specs: readonly string[]): ResolvedMount[] {
  return specs.flatMap((spec) => {
    const { container, readOnly } = parseVolumesFrom(spec);
    const { record } = deps.store.get(container);
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
