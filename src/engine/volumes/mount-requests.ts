// HostConfig.Mounts and HostConfig.Tmpfs, one entry at a time. Pure.
import type { MountRequest } from '../api/container-request.ts';
import { EngineError } from '../api/errors.ts';
import { isOwnershipWord, type MountOwnership, ownershipFrom } from './mount-ownership.ts';
import type { ResolvedMount } from './resolved-mount.ts';
import { type Refuse, cleanPath, cleanTarget, propagationFrom } from './mount-target.ts';

/** An entry of HostConfig.Tmpfs. */
export function fromTmpfs([target, options]: [string, string]): ResolvedMount {
  const refuse = (text: string) => new EngineError('invalid-parameter', text);
  const list = options.split(',').filter(Boolean);
  const unknown = list.find((option) => !isTmpfsOption(option));
  if (unknown !== undefined) throw refuse(`invalid tmpfs option "${unknown.replace(/=.*/, '')}"`);
  return {
    kind: 'tmpfs',
    target: cleanTarget(target, refuse),
    readOnly: list.includes('ro'),
    options: [...TMPFS_DEFAULTS.filter((option) => !list.includes(OPPOSITES[option])), ...list],
  };
}

/** moby/sys: MergeTmpfsOptions. */
const TMPFS_FLAGS = new Set(
  'defaults ro rw suid nosuid dev nodev exec noexec sync async dirsync atime noatime diratime nodiratime relatime norelatime strictatime nostrictatime private rprivate shared rshared slave rslave unbindable runbindable'.split(
    ' ',
  ),
);

function isTmpfsOption(option: string): boolean {
  return TMPFS_FLAGS.has(option) || /^(size|mode|uid|gid|nr_inodes|nr_blocks|mpol)=/.test(option);
}

/** Docker's for --tmpfs; the user's word for the opposite wins. */
const TMPFS_DEFAULTS = ['noexec', 'nosuid', 'nodev'] as const;
const OPPOSITES = { noexec: 'exec', nosuid: 'suid', nodev: 'dev' } as const;

/** An entry of HostConfig.Mounts. Throws in Docker's words. */
export function fromMountRequest(request: MountRequest): ResolvedMount {
  const refuse = (text: string) =>
    new EngineError('invalid-parameter', `invalid mount config for type "${request.Type}": ${text}`);
  const target = cleanTarget(request.Target, refuse);
  switch (request.Type) {
    case 'bind':
      return bindFrom(request, target, refuse);
    case 'volume':
      return volumeFrom(request, target, refuse);
    case 'tmpfs':
      return tmpfsFrom(request, target, refuse);
    case 'image':
    case 'npipe':
    case 'cluster':
      throw new EngineError('not-implemented', `mount type "${request.Type}" is not supported`);
  }
}

function bindFrom(request: MountRequest, target: string, refuse: Refuse): ResolvedMount {
  const { Source: source = '', BindOptions: options } = request;
  if (source === '') throw refuse('field Source must not be empty');
  if (!source.startsWith('/')) throw refuse(`invalid mount path: '${source}' mount path must be absolute`);
  if (request.VolumeOptions) throw refuse('field VolumeOptions must not be specified');
  const propagation = propagationFrom(options?.Propagation);
  if (propagation === undefined) throw refuse(`invalid propagation mode: ${options?.Propagation ?? ''}`);
  return {
    kind: 'bind',
    source: cleanPath(source),
    target,
    readOnly: request.ReadOnly === true,
    propagation,
    recursive: options?.NonRecursive !== true,
    createSource: options?.CreateMountpoint === true,
    ownership: ownershipOf(request, refuse),
    mode: '',
  };
}

function volumeFrom(request: MountRequest, target: string, refuse: Refuse): ResolvedMount {
  const { Source: name = '', VolumeOptions } = request;
  const options = VolumeOptions ?? {};
  const readOnly = request.ReadOnly === true;
  if (request.BindOptions) throw refuse('field BindOptions must not be specified');
  if (name === '' && readOnly) throw refuse('must not set ReadOnly mode when using anonymous volumes');
  return {
    kind: 'volume',
    name,
    target,
    readOnly,
    noCopy: options.NoCopy === true,
    subpath: relativeSubpath(options.Subpath ?? '', refuse),
    labels: options.Labels ?? {},
    driverOptions: options.DriverConfig?.Options ?? {},
    ownership: ownershipOf(request, refuse),
    mode: readOnly ? 'ro' : 'z',
  };
}

/** Ours: Docker's API has no word for it. */
function ownershipOf({ Ownership }: MountRequest, refuse: Refuse): MountOwnership | undefined {
  if (Ownership === undefined || Ownership === '') return undefined;
  if (!isOwnershipWord(Ownership)) throw refuse(`invalid ownership: ${Ownership}`);
  return ownershipFrom(Ownership, refuse);
}

function relativeSubpath(subpath: string, refuse: Refuse): string {
  if (subpath.startsWith('/') || subpath.split('/').includes('..'))
    throw refuse('subpath must be a relative path within the volume');
  return subpath;
}

function tmpfsFrom(request: MountRequest, target: string, refuse: Refuse): ResolvedMount {
  const { TmpfsOptions: options } = request;
  if ((request.Source ?? '') !== '') throw refuse('field Source must not be specified');
  if (request.Ownership) throw refuse('field Ownership must not be specified');
  const size = options?.SizeBytes ?? 0;
  if (size < 0) throw refuse('size must not be negative');
  return {
    kind: 'tmpfs',
    target,
    readOnly: request.ReadOnly === true,
    options: [
      ...TMPFS_DEFAULTS,
      ...(size > 0 ? [`size=${size}`] : []),
      ...modeOption(options?.Mode),
      ...(request.ReadOnly === true ? ['ro'] : []),
    ],
  };
}

function modeOption(mode = 0): string[] {
  return mode > 0 ? [`mode=${mode.toString(8)}`] : [];
}
