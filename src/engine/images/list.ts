import type { Filters } from '../api/engine-client.ts';
import { EngineError } from '../api/errors.ts';
import type { ImageHistoryEntry, ImageInspect, ImageSummary } from '../api/image-types.ts';
import { posix } from 'node:path';
import type { HistoryEntry, ImageDocument } from './image-config.ts';
import { type ImageLibrary, chainIdsOf, configOf, getImage, isWhole, sizeOf } from './image-library.ts';
import type { ImageRecord } from './image-records.ts';
import { familiarName, familiarRepository, parseReference } from './reference.ts';

interface Listed {
  readonly image: ImageRecord;
  readonly config: ImageDocument;
  readonly tags: readonly string[];
  readonly digests: readonly string[];
  /** Seconds since 1970. */
  readonly created: number;
}

/** Newest first. */
export function listImages(library: ImageLibrary, filters: Filters = {}): ImageSummary[] {
  assertKnown(filters, ['dangling', 'label', 'reference', 'before', 'since', 'until']);
  return library.records
    .list()
    .filter((image) => isWhole(library, image))
    .map((image) => describeImage(library, image))
    .map((listed) => narrowed(listed, filters['reference']))
    .filter((listed): listed is Listed => listed !== undefined && matches(library, listed, filters))
    .sort((a, b) => b.created - a.created || (a.image.id < b.image.id ? -1 : 1))
    .map((listed) => summaryOf(library, listed));
}

export function assertKnown(filters: Filters, known: readonly string[]): void {
  const unknown = Object.keys(filters).find((key) => !known.includes(key));
  if (unknown !== undefined) throw new EngineError('invalid-parameter', `invalid filter '${unknown}'`);
}

export function describeImage(library: ImageLibrary, image: ImageRecord): Listed {
  const config = configOf(library, image);
  const names = library.records.namesOf(image.id);
  const familiar = (name: string): string => familiarName(parseReference(name));
  return {
    image,
    config,
    tags: names.filter((name) => !name.includes('@')).map(familiar),
    digests: names.filter((name) => name.includes('@')).map(familiar),
    created: secondsFrom(config.created),
  };
}

/** A filter by name leaves of an image only the names that match; none left is no match. */
function narrowed(listed: Listed, patterns: readonly string[] | undefined): Listed | undefined {
  if (patterns === undefined || patterns.length === 0) return listed;
  const fits = (name: string): boolean => patterns.some((pattern) => matchesReference(name, pattern));
  const tags = listed.tags.filter(fits);
  const digests = listed.digests.filter(fits);
  return tags.length + digests.length === 0 ? undefined : { ...listed, tags, digests };
}

/** As Docker: the pattern is compared with the whole familiar name, and with the repository alone. */
function matchesReference(name: string, pattern: string): boolean {
  const repository = familiarRepository(parseReference(name));
  return posix.matchesGlob(name, pattern) || posix.matchesGlob(repository, pattern);
}

function matches(library: ImageLibrary, listed: Listed, filters: Filters): boolean {
  const createdOf = (text: string): number => secondsFrom(configOf(library, getImage(library, text)).created);
  return (
    every(filters['dangling'], (value) => (listed.tags.length === 0) === isTrue(value)) &&
    (filters['label'] ?? []).every((label) => hasLabel(listed.config.config?.Labels ?? {}, label)) &&
    every(filters['before'], (text) => listed.created < createdOf(text)) &&
    every(filters['since'], (text) => listed.created > createdOf(text)) &&
    every(filters['until'], (text) => listed.created < untilSeconds(text))
  );
}

function every(values: readonly string[] | undefined, test: (value: string) => boolean): boolean {
  return (values ?? []).every((value) => test(value));
}

function isTrue(value: string): boolean {
  if (['1', 'true', 'True', 't'].includes(value)) return true;
  if (['0', 'false', 'False', 'f'].includes(value)) return false;
  throw new EngineError('invalid-parameter', `invalid filter 'dangling=${value}'`);
}

export function hasLabel(labels: Readonly<Record<string, string>>, wanted: string): boolean {
  const equals = wanted.indexOf('=');
  if (equals === -1) return wanted in labels;
  return labels[wanted.slice(0, equals)] === wanted.slice(equals + 1);
}

const UNIT_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 };

/** Seconds since 1970 of a time, a timestamp, or a duration ago (`24h`, `1h30m`). */
export function untilSeconds(text: string): number {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text);
  if (/^(\d+[smh])+$/.test(text)) {
    const parts = [...text.matchAll(/(\d+)([smh])/g)];
    const ago = parts.reduce(
      (sum, [, count, unit]) => sum + Number(count) * (UNIT_SECONDS[unit ?? 's'] ?? 1),
      0,
    );
    return Date.now() / 1000 - ago;
  }
  const parsed = Date.parse(text);
  if (Number.isNaN(parsed)) throw new EngineError('invalid-parameter', `invalid filter 'until=${text}'`);
  return parsed / 1000;
}

function summaryOf(library: ImageLibrary, listed: Listed): ImageSummary {
  return {
    Id: listed.image.id,
    ParentId: '',
    RepoTags: [...listed.tags],
    RepoDigests: [...listed.digests],
    Created: Math.floor(listed.created),
    Size: sizeOf(library, listed.config),
    SharedSize: -1,
    Labels: listed.config.config?.Labels ?? null,
    Containers: -1,
  };
}

export function inspectImage(library: ImageLibrary, text: string): ImageInspect {
  const image = getImage(library, text);
  const { config, tags, digests } = describeImage(library, image);
  const { Entrypoint, ...rest } = config.config ?? {};
  const chainIds = chainIdsOf(config);
  const top = chainIds.at(-1);
  return {
    Id: image.id,
    RepoTags: [...tags],
    RepoDigests: [...digests],
    Parent: '',
    Comment: config.history?.at(-1)?.comment ?? '',
    Created: config.created ?? '',
    Author: config.author ?? '',
    Config: { ...definedOf(rest), ...(Entrypoint === undefined ? {} : { Entrypoint }) },
    Architecture: config.architecture,
    Os: config.os,
    Size: sizeOf(library, config),
    GraphDriver: {
      Name: library.storage.name,
      Data: top !== undefined && library.storage.hasLayer(top) ? viewData(library, top) : {},
    },
    RootFS: { Type: 'layers', Layers: config.rootfs.diff_ids ?? [] },
  };
}

function viewData(library: ImageLibrary, top: string): object {
  const view = library.storage.view(top);
  if (view.kind === 'bind') return { UpperDir: view.source };
  const [upper, ...lower] = view.lowerdirs;
  return { ...(lower.length > 0 && { LowerDir: lower.join(':') }), UpperDir: upper };
}

type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> };

/** Leaves out what is undefined, which JSON would do and exact optional types ask for. */
export function definedOf<T extends object>(value: T): Partial<Defined<T>> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- Object.fromEntries forgets the keys that it was given
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as Partial<
    Defined<T>
  >;
}

/** Newest first. An image without a history tells of its layers only. */
export function historyOf(library: ImageLibrary, text: string): ImageHistoryEntry[] {
  const image = getImage(library, text);
  const { config, tags } = describeImage(library, image);
  const chainIds = chainIdsOf(config);
  const steps: readonly HistoryEntry[] = config.history ?? chainIds.map(() => ({}));
  let layer = 0;
  const entries = steps.map((step) => {
    const chainId = step.empty_layer === true ? undefined : chainIds[layer++];
    const size =
      chainId !== undefined && library.storage.hasLayer(chainId) ? library.storage.layerSize(chainId) : 0;
    return {
      Id: '<missing>',
      Created: Math.floor(secondsFrom(step.created)),
      CreatedBy: step.created_by ?? '',
      Tags: null,
      Size: size,
      Comment: step.comment ?? '',
    };
  });
  const [newest, ...older] = entries.reverse();
  return newest === undefined
    ? []
    : [{ ...newest, Id: image.id, Tags: tags.length > 0 ? [...tags] : null }, ...older];
}

function secondsFrom(time: string | null | undefined): number {
  const parsed = Date.parse(time ?? '');
  return Number.isNaN(parsed) ? 0 : parsed / 1000;
}
