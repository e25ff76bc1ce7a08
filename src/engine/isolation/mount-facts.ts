// A container's mountinfo, sorted by what each mount is for. Pure.
import type { MountEntry } from '../../native/mountinfo.ts';
import type { LayerFact, MountFact, RootfsFact } from '../api/isolation-types.ts';

export interface MountFacts {
  readonly rootfs: RootfsFact;
  readonly masked: string[];
  readonly readonly: string[];
  readonly others: MountFact[];
}

/** @param layerOf digest of the layer in a lower directory, where it is known */
export function mountFacts(
  entries: readonly MountEntry[],
  layerOf: (directory: string) => string | undefined,
): MountFacts {
  const byId = new Map(entries.map((entry) => [entry.id, entry]));
  const root = entries.findLast(({ target }) => target === '/');
  const rest = entries.filter((entry) => entry !== root);
  const masked = rest.filter(isMask);
  const readonly = rest.filter((entry) => isReadonlyPath(entry, byId.get(entry.parent)));
  const special = new Set([...masked, ...readonly]);
  return {
    rootfs: rootfsFact(root, layerOf),
    masked: masked.map(({ target }) => target).sort(),
    readonly: readonly.map(({ target }) => target).sort(),
    others: rest.filter((entry) => !special.has(entry)).map(mountFact),
  };
}

/**
 * A file is covered by a null device: the /dev/null of the container's own tmpfs or of the machine, or with a user
 * namespace one that has a number for its name. A directory is covered by a tmpfs that can hold nothing.
 */
function isMask({ type, root, target, options, superOptions }: MountEntry): boolean {
  if (!options.includes('ro')) return false;
  const isNode = (type === 'tmpfs' || type === 'devtmpfs') && /^\/(null|\d+)$/.test(root);
  if (isNode) return !target.startsWith('/dev/');
  const isTmpfs = type === 'tmpfs' && root === '/';
  return isTmpfs && superOptions.includes('ro') && superOptions.some((option) => /^size=0k?$/.test(option));
}

/** A part of /proc or /sys once more, read-only, on itself. */
function isReadonlyPath(entry: MountEntry, parent: MountEntry | undefined): boolean {
  const { type, device, options, root, target } = entry;
  if ((type !== 'proc' && type !== 'sysfs') || parent?.device !== device) return false;
  return options.includes('ro') && target === `${parent.target}${root}`;
}

function mountFact({ target, type, source, root, options, propagation }: MountEntry): MountFact {
  const isPart = root !== '/';
  return {
    Target: target,
    Type: type,
    Source: isPart ? root : source,
    Options: [...options],
    Propagation: [...propagation],
  };
}

function rootfsFact(
  root: MountEntry | undefined,
  layerOf: (directory: string) => string | undefined,
): RootfsFact {
  if (root === undefined) return { Type: '', ReadOnly: false, Stack: [] };
  const { type, options, superOptions } = root;
  const base = { Type: type, ReadOnly: options.includes('ro') };
  if (type !== 'overlay') return { ...base, Stack: [{ Role: 'source', Path: root.root }] };
  const directories = (role: LayerFact['Role'], keys: readonly string[]): LayerFact[] =>
    keys.flatMap((key) => valuesOf(superOptions, key)).map((Path) => ({ Role: role, Path }));
  const lower = directories('lower', ['lowerdir+', 'lowerdir']).map((layer): LayerFact => {
    const digest = layerOf(layer.Path);
    return digest === undefined ? layer : { ...layer, Layer: digest };
  });
  return {
    ...base,
    Stack: [...directories('upper', ['upperdir']), ...lower, ...directories('work', ['workdir'])],
  };
}

/** `lowerdir=a:b` names several; `lowerdir+=a` one each. */
function valuesOf(superOptions: readonly string[], key: string): string[] {
  const values = superOptions
    .filter((option) => option.startsWith(`${key}=`))
    .map((option) => option.slice(key.length + 1));
  return key === 'lowerdir' ? values.flatMap((value) => value.split(':')) : values;
}
