// At create and `mount add`: volumes are made and filled, bind sources looked for.
import { existsSync, realpathSync, statfsSync } from 'node:fs';
import { makeDirectories } from '../../../native/make-directories.ts';
import { EngineError } from '../../api/errors.ts';
import { resolveSubpath } from '../../volumes/subpath.ts';
import type { ContainerDeps } from '../container-deps.ts';
import type { ContainerMount, ContainerRecord } from '../container.ts';
import { bindIdmap } from './mount-owners.ts';
import { recordedMount, type PlannedMount } from './planned-mounts.ts';
import { checkPropagation } from './source-propagation.ts';

export interface PrepareMountsInput {
  /** Names the volumes already. */
  readonly record: ContainerRecord;
  readonly planned: readonly PlannedMount[];
  /** Of the image that fills empty volumes; undefined where it is gone or has no layers. */
  readonly topChainId: string | undefined;
}

export async function prepareMounts(
  deps: ContainerDeps,
  { record, planned, topChainId }: PrepareMountsInput,
): Promise<ContainerMount[]> {
  // Refuses an ownership that this container cannot have.
  for (const mount of record.mounts) bindIdmap(record, mount);
  const mounts: ContainerMount[] = [];
  for (const mount of planned) mounts.push(await prepareMount(deps, mount, topChainId));
  return mounts;
}

/** Makes and fills the volume, or looks for the bind's source. @returns the mount as the record has it from then on */
export async function prepareMount(
  deps: ContainerDeps,
  mount: PlannedMount,
  topChainId: string | undefined,
): Promise<ContainerMount> {
  assertNotOverProc(mount);
  const recorded = recordedMount(mount);
  if (mount.kind === 'volume') return { ...recorded, ...(await makeVolume(deps, mount, topChainId)) };
  if (mount.kind === 'bind') {
    findSource(mount);
    checkPropagation(recorded);
  }
  return recorded;
}

type Planned<Kind extends PlannedMount['kind']> = Extract<PlannedMount, { kind: Kind }>;

/** runc's words. What lies below /proc the shim refuses, which sees where links lead. */
function assertNotOverProc(mount: PlannedMount): void {
  if (mount.target !== '/proc') return;
  const isProc =
    mount.kind === 'bind' && existsSync(mount.source) && statfsSync(mount.source).type === PROC_MAGIC;
  if (isProc) return;
  throw new EngineError('invalid-parameter', '"/proc" cannot be mounted because it is not of type proc');
}

/** PROC_SUPER_MAGIC of <linux/magic.h>. */
const PROC_MAGIC = 0x9fa0;

function findSource({ source, createSource }: Planned<'bind'>): void {
  if (existsSync(source)) return;
  if (!createSource) {
    throw new EngineError(
      'invalid-parameter',
      `invalid mount config for type "bind": bind source path does not exist: ${source}`,
    );
  }
  makeForAll(source);
}

/**
 * As Docker's daemon makes it, whatever the umask of who calls: users of the container other than root shall find what is in it.
 * No chmod afterwards: the name may lead elsewhere by then.
 */
function makeForAll(directory: string): void {
  const umask = process.umask(0o022);
  try {
    makeDirectories(directory);
  } finally {
    process.umask(umask);
  }
}

async function makeVolume(
  deps: ContainerDeps,
  { name, inherited, target, labels, driverOptions, noCopy, subpath }: Planned<'volume'>,
  topChainId: string | undefined,
): Promise<Pick<ContainerMount, 'Source' | 'beneath'>> {
  if (inherited !== true)
    deps.volumes.create({ Name: name, Labels: { ...labels }, DriverOpts: { ...driverOptions } });
  const directory = deps.volumes.mountpoint(name);
  // It looks itself whether the volume is empty, or was left half filled.
  if (!noCopy && topChainId !== undefined) {
    const { copyUp } = await import('./copy-up.ts');
    await copyUp({ view: deps.storage.view(topChainId), path: target, volumeDir: directory });
  }
  if (subpath === '') return { Source: directory };
  return { Source: resolveSubpath(directory, subpath), beneath: realpathSync(directory) };
}
