// What all operations on images share: records, blobs, layers and leases of one data root.
import { EngineError, imageNotFound } from '../api/errors.ts';
import type { ContentStore } from '../storage/content-store.ts';
import type { StorageDriver } from '../storage/storage-driver.ts';
import { chainIdsFrom } from './chain-ids.ts';
import type { ImageDocument } from './image-config.ts';
import type { ImageRecord, ImageRecords } from './image-records.ts';
import type { ImageEvent, ImageUsers } from './image-service.ts';
import type { Leases } from './lease.ts';
import { familiarName, fullName, parseReference, withDefaultTag } from './reference.ts';

export interface ImageLibrary {
  readonly records: ImageRecords;
  readonly content: ContentStore;
  readonly storage: StorageDriver;
  readonly leases: Leases;
  readonly usersOf: ImageUsers;
  readonly publish: (event: ImageEvent) => void;
}

/** Removes what killed processes left half-done. Cheap, so every pull and load begins with it. */
export async function sweepHalfDone({ content, storage }: ImageLibrary): Promise<void> {
  await content.sweep();
  await storage.sweep();
}

/** By name, id, or unique prefix of an id; undefined where it is not here. Throws where a prefix is ambiguous. */
export function findImage(library: ImageLibrary, text: string): ImageRecord | undefined {
  const { records } = library;
  const byId = /^(sha256:)?[0-9a-f]{64}$/.test(text)
    ? records.find(`sha256:${text.replace('sha256:', '')}`)
    : undefined;
  if (byId !== undefined) return byId;
  const name = nameFrom(text);
  const named = name === undefined ? undefined : records.imageOf(name);
  if (named !== undefined) return records.find(named);
  const [first, second] = records.findByPrefix(text);
  if (second !== undefined)
    throw new EngineError('invalid-parameter', `image ID prefix ${text} is ambiguous`);
  return first;
}

/** Throws Docker's not-found, and invalid-parameter for what cannot be a name. */
export function getImage(library: ImageLibrary, text: string): ImageRecord {
  const image = findImage(library, text);
  if (image !== undefined) return image;
  if (/^(sha256:.*|[0-9a-f]{64})$/.test(text)) throw imageNotFound(text);
  throw imageNotFound(familiarName(withDefaultTag(parseReference(text))));
}

/** The full name that a text stands for; undefined where it cannot be one. */
export function nameFrom(text: string): string | undefined {
  try {
    return fullName(withDefaultTag(parseReference(text)));
  } catch (error) {
    if (error instanceof EngineError) return undefined;
    throw error;
  }
}

/** True where a text names an image by (a prefix of) its id, not by a name. */
export function isIdOf(text: string, image: ImageRecord): boolean {
  return image.id.startsWith(`sha256:${text.replace(/^sha256:/, '')}`);
}

export function configOf(library: ImageLibrary, image: ImageRecord): ImageDocument {
  // It was parsed with its schema when it came in, and its name is the digest of what was parsed.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as the line above says
  return JSON.parse(library.content.read(image.id).toString('utf8')) as ImageDocument;
}

/** False where somebody took its documents away by hand. */
export function isWhole({ content }: ImageLibrary, image: ImageRecord): boolean {
  return content.has(image.id) && content.has(image.manifest);
}

/** Bottom first. */
export function chainIdsOf(config: ImageDocument): string[] {
  return chainIdsFrom(config.rootfs.diff_ids ?? []);
}

/** Bytes of all layers, unpacked. */
export function sizeOf(library: ImageLibrary, config: ImageDocument): number {
  return chainIdsOf(config).reduce(
    (sum, chainId) => sum + (library.storage.hasLayer(chainId) ? library.storage.layerSize(chainId) : 0),
    0,
  );
}

/** Puts the names into the layout's index.json, for other tools that read it. */
export async function writeIndex(library: ImageLibrary): Promise<void> {
  await library.leases.exclusively(() => {
    const images = new Map(library.records.list().map((image) => [image.id, image]));
    const names = library.records.names().flatMap(({ name, imageId }) => {
      const image = images.get(imageId);
      return image === undefined || name.includes('@')
        ? []
        : [{ image, name: familiarName(parseReference(name)) }];
    });
    const named = new Set(names.map(({ image }) => image.id));
    const nameless = [...images.values()]
      .filter(({ id }) => !named.has(id))
      .map((image) => ({ image, name: undefined }));
    library.content.writeIndex({
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.index.v1+json',
      manifests: [...names, ...nameless].map(({ image, name }) => ({
        mediaType: image.manifestType,
        digest: image.manifest,
        size: image.manifestSize,
        ...(name === undefined ? {} : { annotations: { 'org.opencontainers.image.ref.name': name } }),
      })),
    });
    return Promise.resolve();
  });
}
