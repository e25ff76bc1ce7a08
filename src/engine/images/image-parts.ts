// Which blobs and layers an image stands on: known only to who reads its manifest.
import { type Manifest, parseManifest } from '../registry/manifest.ts';
import { type ImageLibrary, chainIdsOf, configOf, isWhole } from './image-library.ts';
import type { ImageRecord } from './image-records.ts';

/** Every blob and layer that an image stands on. One whose documents were damaged keeps what is left of it. */
export function partsOf(library: ImageLibrary, image: ImageRecord): string[] {
  if (!isWhole(library, image)) return [image.id, image.manifest];
  const { layers } = manifestOf(library, image);
  return [
    image.id,
    image.manifest,
    ...layers.map(({ digest }) => digest),
    ...chainIdsOf(configOf(library, image)),
  ];
}

function manifestOf(library: ImageLibrary, image: ImageRecord): Manifest {
  const document = parseManifest(library.content.read(image.manifest), image.manifestType);
  if (document.kind === 'index') throw new Error(`unreachable: image ${image.id} is recorded with an index`);
  return document.manifest;
}
