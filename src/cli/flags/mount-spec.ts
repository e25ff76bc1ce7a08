// `--mount type=bind,source=/a,target=/b,readonly`, one CSV record as docker/cli reads it.
import { resolve } from 'node:path';
import type { MountRequest } from '../../engine/api/container-request.ts';
import { UsageError } from '../exit-error.ts';
import { parseBytes } from '../format/sizes.ts';
import { cut } from './key-value.ts';

/** @throws UsageError */
export function parseMount(spec: string): MountRequest {
  const draft: MountDraft = { type: 'volume', groups: new Set(), bind: {}, volume: {}, tmpfs: {} };
  for (const field of csvFields(spec)) applyField(draft, field);
  return mountFrom(draft);
}

interface MountDraft {
  type: string;
  source?: string;
  target?: string;
  readOnly?: boolean;
  consistency?: string;
  ownership?: string | undefined;
  /** Which types' own options were given. */
  readonly groups: Set<string>;
  readonly bind: NonNullable<MountRequest['BindOptions']>;
  readonly volume: NonNullable<MountRequest['VolumeOptions']>;
  readonly tmpfs: NonNullable<MountRequest['TmpfsOptions']>;
}

interface Field {
  readonly key: string;
  readonly value: string;
  readonly text: string;
}

const FLAGS = new Set(['readonly', 'ro', 'bind-nonrecursive', 'volume-nocopy', 'idmap', 'u']);

const SETTERS: Readonly<Record<string, (draft: MountDraft, field: Field) => void>> = {
  type: (draft, { value }) => void (draft.type = value.toLowerCase()),
  source: (draft, { value }) => void (draft.source = value),
  target: (draft, { value }) => void (draft.target = value),
  readonly: (draft, field) => void (draft.readOnly = flagValue(field)),
  // podman's.
  idmap: (draft, { value }) => void (draft.ownership = value === 'true' ? 'idmap' : `idmap=${value}`),
  u: (draft, field) => void (draft.ownership = flagValue(field) ? 'U' : undefined),
  consistency: (draft, { value }) => void (draft.consistency = value.toLowerCase()),
  'bind-propagation': (draft, { value }) => void (draft.bind.Propagation = value.toLowerCase()),
  'bind-nonrecursive': (draft, field) => void (draft.bind.NonRecursive = flagValue(field)),
  'bind-recursive': setRecursive,
  'volume-subpath': (draft, { value }) => void (draft.volume.Subpath = value),
  'volume-nocopy': (draft, field) => void (draft.volume.NoCopy = flagValue(field)),
  'volume-label': (draft, { value }) => addTo((draft.volume.Labels ??= {}), value),
  'volume-driver': (draft, { value }) => void ((draft.volume.DriverConfig ??= {}).Name = value),
  'volume-opt': (draft, { value }) => addTo(((draft.volume.DriverConfig ??= {}).Options ??= {}), value),
  'tmpfs-size': (draft, field) => void (draft.tmpfs.SizeBytes = sizeValue(field)),
  'tmpfs-mode': (draft, field) => void (draft.tmpfs.Mode = modeValue(field)),
};

const ALIASES: Readonly<Record<string, string>> = {
  src: 'source',
  dst: 'target',
  destination: 'target',
  ro: 'readonly',
};

function applyField(draft: MountDraft, text: string): void {
  const [rawKey, value] = cut(text, '=');
  const key = rawKey.toLowerCase();
  if (value === undefined && !FLAGS.has(key)) {
    throw new UsageError(`invalid field '${text}' must be a key=value pair`);
  }
  const name = ALIASES[key] ?? key;
  const setter = Object.hasOwn(SETTERS, name) ? SETTERS[name] : undefined;
  if (setter === undefined) throw new UsageError(`unexpected key '${key}' in '${text}'`);
  setter(draft, { key, value: value ?? 'true', text });
  const group = /^(bind|volume|tmpfs)-/.exec(name)?.[1];
  if (group !== undefined) draft.groups.add(group);
}

function setRecursive(draft: MountDraft, { value, text }: Field): void {
  if (value === 'enabled') return;
  if (value === 'disabled') draft.bind.NonRecursive = true;
  else if (value === 'writable') draft.bind.ReadOnlyNonRecursive = true;
  else if (value === 'readonly') draft.bind.ReadOnlyForceRecursive = true;
  else throw new UsageError(`invalid value for bind-recursive: ${text}`);
}

function flagValue({ key, value }: Field): boolean {
  if (['true', '1'].includes(value)) return true;
  if (['false', '0'].includes(value)) return false;
  throw new UsageError(`invalid value for ${key}: ${value}`);
}

function sizeValue({ key, value }: Field): number {
  try {
    return parseBytes(value);
  } catch (error) {
    throw new UsageError(`invalid value for ${key}: ${value}`, { cause: error });
  }
}

function modeValue({ key, value }: Field): number {
  if (/^[0-7]+$/.test(value)) return Number.parseInt(value, 8);
  throw new UsageError(`invalid value for ${key}: ${value}`);
}

function addTo(map: Record<string, string>, text: string): void {
  const [key, value] = cut(text, '=');
  map[key] = value ?? '';
}

function mountFrom(draft: MountDraft): MountRequest {
  const type = mountType(draft);
  const source =
    type === 'bind' && draft.source?.startsWith('.') === true ? resolve(draft.source) : draft.source;
  return {
    Type: type,
    Target: draft.target ?? '',
    Source: source,
    ReadOnly: draft.readOnly,
    Consistency: draft.consistency,
    ...(draft.ownership === undefined ? {} : { Ownership: draft.ownership }),
    BindOptions: draft.groups.has('bind') ? draft.bind : undefined,
    VolumeOptions: draft.groups.has('volume') ? draft.volume : undefined,
    TmpfsOptions: draft.groups.has('tmpfs') ? draft.tmpfs : undefined,
  };
}

function mountType({ type, target = '', groups }: MountDraft): 'bind' | 'volume' | 'tmpfs' | 'image' {
  if (type !== 'bind' && type !== 'volume' && type !== 'tmpfs' && type !== 'image') {
    throw new UsageError(`invalid mount type: '${type}'`);
  }
  if (target === '') throw new UsageError('target is required');
  for (const group of groups) {
    if (group !== type) throw new UsageError(`cannot mix '${group}-*' options with mount type '${type}'`);
  }
  return type;
}

/** One CSV record: fields in quotes may hold commas, a doubled quote stands for one. */
function csvFields(record: string): string[] {
  const fields: string[] = [];
  const field = /"((?:[^"]|"")*)"(,|$)|([^,"]*)(,|$)/y;
  while (field.lastIndex < record.length || fields.length === 0) {
    const found = field.exec(record);
    if (found === null) throw new UsageError(`invalid field '${record}': bare " in non-quoted field`);
    fields.push(found[1]?.replaceAll('""', '"') ?? found[3] ?? '');
    if ((found[2] ?? found[4]) === '') break;
  }
  return fields;
}
