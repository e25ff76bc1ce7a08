import type { ImageRemoval } from '../api/image-types.ts';
import type { ImageLibrary } from './image-library.ts';
import { partsOf } from './image-parts.ts';

export interface Swept {
  /** ChainIDs, the top ones first. */
  readonly layers: readonly string[];
  /** Of layers, unpacked, and of blobs. */
  readonly bytes: number;
}

/** Removes every layer and blob that no image, no lease and no container needs. */
export async function sweepUnused(library: ImageLibrary): Promise<Swept> {
  return await library.leases.exclusively(async (leased) => {
    const needed = new Set(leased);
    for (const image of library.records.list()) for (const part of partsOf(library, image)) needed.add(part);
    const layers = await sweepLayers(library, needed);
    const blobs = sweepBlobs(library, needed);
    return {
      layers: layers.map(({ chainId }) => chainId),
      bytes: blobs + layers.reduce((sum, { size }) => sum + size, 0),
    };
  });
}

/** From the top down, as far as nothing stands on them. */
async function sweepLayers({ storage }: ImageLibrary, needed: ReadonlySet<string>) {
  const removed: { chainId: string; size: number }[] = [];
  let waiting = storage.listLayers().filter((chainId) => !needed.has(chainId));
  for (;;) {
    const kept: string[] = [];
    for (const chainId of waiting) {
      const size = storage.hasLayer(chainId) ? storage.layerSize(chainId) : 0;
      if (await storage.removeLayer(chainId)) removed.push({ chainId, size });
      else kept.push(chainId);
    }
    if (kept.length === 0 || kept.length === waiting.length) return removed;
    waiting = kept;
  }
}

function sweepBlobs({ content }: ImageLibrary, needed: ReadonlySet<string>): number {
  let bytes = 0;
  for (const digest of content.list().filter((digest) => !needed.has(digest))) {
    bytes += content.size(digest) ?? 0;
    content.remove(digest);
  }
  return bytes;
}

export function deletions({ layers }: Swept): ImageRemoval[] {
  return layers.map((chainId) => ({ Deleted: chainId }));
}
