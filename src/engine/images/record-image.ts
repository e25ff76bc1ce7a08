import type { Descriptor, Manifest } from '../registry/manifest.ts';
import { EngineError } from '../api/errors.ts';
import { chainIdsFrom } from './chain-ids.ts';
import type { ImageDocument } from './image-config.ts';
import { type ImageLibrary, writeIndex } from './image-library.ts';
import type { LayerPlan } from './layers.ts';

/** What must be unpacked for an image, bottom first. Throws where config and manifest do not speak of the same layers. */
export function planLayers(manifest: Manifest, config: ImageDocument): LayerPlan[] {
  const diffIds = config.rootfs.diff_ids ?? [];
  if (diffIds.length !== manifest.layers.length)
    throw new EngineError(
      'invalid-parameter',
      `the image config names ${diffIds.length} layers, the manifest ${manifest.layers.length}`,
    );
  const chainIds = chainIdsFrom(diffIds);
  return manifest.layers.map((blob: Descriptor, index) => ({
    blob,
    diffId: diffIds[index] ?? '',
    chainId: chainIds[index] ?? '',
    parent: chainIds[index - 1],
  }));
}

export interface ImageToRecord {
  readonly manifest: Manifest;
  readonly manifestDigest: string;
  readonly manifestType: string;
  /** Full names. */
  readonly names: readonly string[];
}

/** Makes an image visible: all its blobs and layers are here, and a lease names them. */
export async function recordImage(library: ImageLibrary, image: ImageToRecord): Promise<void> {
  const { manifest, manifestDigest, manifestType, names } = image;
  library.records.put(
    {
      id: manifest.config.digest,
      manifest: manifestDigest,
      manifestType,
      manifestSize: library.content.size(manifestDigest) ?? 0,
    },
    names,
  );
  await writeIndex(library);
}
