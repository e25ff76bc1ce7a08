// `-v source:target:mode`, one string of HostConfig.Binds. Pure.
import { EngineError } from '../api/errors.ts';
import { isOwnershipWord, type MountOwnership, ownershipFrom } from './mount-ownership.ts';
import type { ResolvedMount } from './resolved-mount.ts';
import { MOUNT_PROPAGATIONS, cleanPath, cleanTarget, propagationFrom } from './mount-target.ts';

interface Mode {
  readonly readOnly: boolean;
  readonly noCopy: boolean;
  readonly propagation: string | undefined;
  readonly ownership: MountOwnership | undefined;
}

/** A source that begins with a slash is a path on the host, anything else the name of a volume. */
export function parseBind(spec: string): ResolvedMount {
  const parts = spec.split(':');
  if (parts.length > 3 || parts.includes('')) throw invalidSpec(spec);
  if (parts.length === 1) return volume(spec, ['', parts[0] ?? '', '']);
  const [source = '', target = '', mode = ''] = parts;
  return source.startsWith('/') ? bind(spec, [source, target, mode]) : volume(spec, [source, target, mode]);
}

function invalidSpec(spec: string, detail?: string): EngineError {
  const because = detail === undefined ? '' : `: ${detail}`;
  return new EngineError('invalid-parameter', `invalid volume specification: '${spec}'${because}`);
}

function bind(spec: string, [source, target, mode]: readonly [string, string, string]): ResolvedMount {
  const { readOnly, propagation: wanted, ownership } = parseMode(spec, mode);
  return {
    kind: 'bind',
    source: cleanPath(source),
    target: cleanTarget(target, (text) => invalidSpec(spec, text)),
    readOnly,
    propagation: propagationFrom(wanted) ?? 'rprivate',
    recursive: true,
    createSource: true,
    ownership,
    mode,
  };
}

function volume(spec: string, [name, target, mode]: readonly [string, string, string]): ResolvedMount {
  const { readOnly, noCopy, propagation, ownership } = parseMode(spec, mode);
  // Propagation is between mounts of one place on the host; a volume has none.
  if (propagation !== undefined) throw invalidMode(mode);
  return {
    kind: 'volume',
    name,
    target: cleanTarget(target, (text) => invalidSpec(spec, text)),
    readOnly,
    noCopy,
    subpath: '',
    labels: {},
    driverOptions: {},
    ownership,
    mode,
  };
}

function invalidMode(mode: string): EngineError {
  return new EngineError('invalid-parameter', `invalid mode: ${mode}`);
}

/** Each group at most once. z and Z (SELinux) and consistency (macOS) have no effect here, as in Docker on this system. */
const GROUPS: readonly (readonly string[])[] = [
  ['ro', 'rw'],
  ['z', 'Z'],
  ['nocopy'],
  MOUNT_PROPAGATIONS,
  ['consistent', 'cached', 'delegated', 'default'],
];

function parseMode(spec: string, mode: string): Mode {
  const words = mode === '' ? [] : mode.split(',');
  const chosen = GROUPS.map((group) => words.filter((word) => group.includes(word)));
  const owning = words.filter(isOwnershipWord);
  const isKnown = chosen.flat().length + owning.length === words.length;
  if (!isKnown || [...chosen, owning].some((found) => found.length > 1)) throw invalidMode(mode);
  if (words.includes('nocopy') && spec.startsWith('/') && spec.split(':').length > 2) throw invalidMode(mode);
  return {
    readOnly: words.includes('ro'),
    noCopy: words.includes('nocopy'),
    propagation: chosen[3]?.[0],
    ownership:
      owning[0] === undefined ? undefined : ownershipFrom(owning[0], (text) => invalidSpec(spec, text)),
  };
}
