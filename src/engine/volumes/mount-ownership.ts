// Who the files of a mount seem to belong to: `-v …:U`, `idmap` and `idmap=uids=…;gids=…`, words of podman. Pure.
import type { EngineError } from '../api/errors.ts';

export type MountOwnership =
  /** As in the container's user namespace: 0 on disk is the container's root. */
  | { readonly kind: 'container' }
  /** What belongs to the owner of the source belongs to the container's user. */
  | { readonly kind: 'user' }
  /** As these say; ids that none of them has are nobody's. */
  | { readonly kind: 'maps'; readonly uids: readonly MappedIds[]; readonly gids: readonly MappedIds[] };

export interface MappedIds {
  /** First id on disk. */
  readonly disk: number;
  /** First id that is shown: the host's, or with `relative` the container's. */
  readonly shown: number;
  readonly count: number;
  /** Written with an @. */
  readonly relative: boolean;
}

/** Whether a word of a mode (`-v source:target:WORD,WORD`) is about ownership. */
export function isOwnershipWord(word: string): boolean {
  return word === 'U' || word === 'idmap' || word.startsWith('idmap=');
}

/** @param refuse makes the error for a word that says nothing */
export function ownershipFrom(word: string, refuse: (text: string) => EngineError): MountOwnership {
  if (word === 'U') return { kind: 'user' };
  const text = word.slice('idmap='.length);
  if (text === '') return { kind: 'container' };
  const parts = text.split(';').map((part) => /^(uids|gids)=(.*)$/.exec(part) ?? undefined);
  if (parts.includes(undefined)) throw refuse(`idmap has uids and gids, not "${text}"`);
  const list = (name: string): string | undefined => parts.find((part) => part?.[1] === name)?.[2];
  const uids = rangesFrom(list('uids') ?? '', refuse);
  return { kind: 'maps', uids, gids: rangesFrom(list('gids') ?? list('uids') ?? '', refuse) };
}

/** More lines the kernel takes no map of (UID_GID_MAP_MAX_EXTENTS). */
const MAX_RANGES = 340;
const END_OF_IDS = 0xffff_ffff;

/** `disk-shown-count`, several with # between them. */
function rangesFrom(text: string, refuse: (text: string) => EngineError): MappedIds[] {
  const ranges = text.split('#').map((range): MappedIds => {
    const match = /^(@?)(\d+)-(\d+)-(\d+)$/.exec(range);
    if (match === null) throw refuse(`idmap: "${range}" is not DISK-SHOWN-COUNT`);
    const [disk = 0, shown = 0, count = 0] = match.slice(2).map(Number);
    if (count === 0 || disk + count > END_OF_IDS || shown + count > END_OF_IDS)
      throw refuse(`idmap: "${range}" is out of range`);
    return { disk, shown, count, relative: match[1] === '@' };
  });
  if (ranges.length > MAX_RANGES) throw refuse(`idmap: more than ${MAX_RANGES} ranges`);
  return ranges;
}
