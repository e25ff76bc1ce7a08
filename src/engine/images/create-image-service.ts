// Builds the images room. What is heavy (HTTP, archives) is loaded when it is first needed: most commands never do.
import { EngineError } from '../api/errors.ts';
import { ContentStore } from '../storage/content-store.ts';
import type { StorageDriver } from '../storage/storage-driver.ts';
import { parsePlatform, requirePlatform } from '../registry/platform.ts';
import type { StateDatabase } from '../state/database.ts';
import {
  type ImageLibrary,
  chainIdsOf,
  configOf,
  findImage,
  getImage,
  isIdOf,
  sweepHalfDone,
  writeIndex,
} from './image-library.ts';
import { createImageRecords } from './image-records.ts';
import type { ImageDiskUsage, ImageEvent, ImageService, ImageUsers, ResolvedImage } from './image-service.ts';
import { createLeases } from './lease.ts';
import { definedOf, historyOf, inspectImage, listImages } from './list.ts';
import { familiarName, fullName, parseReference, withDefaultTag } from './reference.ts';

export interface ImageServiceOptions {
  /** `paths.images`. */
  readonly directory: string;
  readonly database: StateDatabase;
  readonly storage: StorageDriver;
  /** Containers that stand on an image. */
  readonly usersOf: ImageUsers;
  readonly publish?: (event: ImageEvent) => void;
}

export function createImageService(options: ImageServiceOptions): ImageService {
  const library: ImageLibrary = {
    records: createImageRecords(options.database),
    content: new ContentStore(options.directory),
    storage: options.storage,
    leases: createLeases(options.directory),
    usersOf: options.usersOf,
    publish: options.publish ?? (() => undefined),
  };
  return {
    list: ({ filters } = {}) => listImages(library, filters),
    inspect: (reference) => inspectImage(library, reference),
    history: (reference) => historyOf(library, reference),
    resolve: (reference, platform) => resolveImage(library, reference, platform),
    has: (reference) => findImage(library, reference) !== undefined,
    pull: async (reference, pullOptions = {}) =>
      (await import('./pull.ts')).pullImage(library, reference, pullOptions),
    load: async (source, loadOptions = {}) =>
      (await import('./load.ts')).loadImages(library, source, loadOptions),
    buildHosttools: async (loadOptions = {}) =>
      (await import('./hosttools.ts')).buildHosttools(library, loadOptions),
    tag: (reference, target) => tagImage(library, reference, target),
    remove: async (reference, removeOptions = {}) =>
      (await import('./remove.ts')).removeImage(library, reference, removeOptions),
    prune: async (filters = {}) => (await import('./prune.ts')).pruneImages(library, filters),
    diskUsage: () => diskUsage(library),
    sweep: async () => {
      await sweepHalfDone(library);
      const { sweepUnused } = await import('./sweep.ts');
      await sweepUnused(library);
    },
  };
}

function resolveImage(library: ImageLibrary, text: string, platform?: string): ResolvedImage {
  const image = getImage(library, text);
  const config = configOf(library, image);
  if (platform !== undefined) requirePlatform(text, config, parsePlatform(platform));
  const chainIds = chainIdsOf(config);
  return {
    id: image.id,
    reference: isIdOf(text, image) ? text : familiarName(parseReference(text)),
    config: definedOf(config.config ?? {}),
    chainIds,
    topChainId: chainIds.at(-1),
    architecture: config.architecture,
    os: config.os,
  };
}

async function tagImage(
  library: ImageLibrary,
  text: string,
  { repo, tag }: { repo: string; tag?: string | undefined },
): Promise<void> {
  const image = getImage(library, text);
  const reference = withDefaultTag(parseReference(tag === undefined || tag === '' ? repo : `${repo}:${tag}`));
  if (reference.digest !== undefined)
    throw new EngineError('invalid-parameter', 'refusing to create a tag with a digest reference');
  library.records.name(image.id, fullName(reference));
  await writeIndex(library);
  library.publish({ action: 'tag', imageId: image.id, name: familiarName(reference) });
}

function diskUsage(library: ImageLibrary): ImageDiskUsage {
  const { storage } = library;
  return {
    layersSize: storage
      .listLayers()
      .reduce((sum, chainId) => sum + (storage.hasLayer(chainId) ? storage.layerSize(chainId) : 0), 0),
    images: listImages(library),
  };
}
