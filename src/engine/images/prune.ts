import type { Filters } from '../api/engine-client.ts';
import type { ImageRemoval } from '../api/image-types.ts';
import { type ImageLibrary, isWhole, writeIndex } from './image-library.ts';
import type { ImageRecord } from './image-records.ts';
import { assertKnown, describeImage, hasLabel, untilSeconds } from './list.ts';
import { familiarName, parseReference } from './reference.ts';
import { deletions, sweepUnused } from './sweep.ts';

/** As Docker: images without a name, or with dangling=false every image, as long as no container stands on it. */
export async function pruneImages(
  library: ImageLibrary,
  filters: Filters,
): Promise<{ ImagesDeleted: ImageRemoval[] | null; SpaceReclaimed: number }> {
  assertKnown(filters, ['dangling', 'label', 'label!', 'until']);
  const onlyDangling = !(filters['dangling'] ?? []).some((value) => value === 'false' || value === '0');
  const removed: ImageRemoval[] = [];
  for (const image of library.records.list()) {
    if (isWanted(library, image, { filters, onlyDangling })) removed.push(...forget(library, image));
  }
  const swept = await sweepUnused(library);
  await writeIndex(library);
  removed.push(...deletions(swept));
  return { ImagesDeleted: removed.length > 0 ? removed : null, SpaceReclaimed: swept.bytes };
}

function isWanted(
  library: ImageLibrary,
  image: ImageRecord,
  { filters, onlyDangling }: { filters: Filters; onlyDangling: boolean },
): boolean {
  if (!isWhole(library, image)) return true;
  const { tags, config, created } = describeImage(library, image);
  const labels = config.config?.Labels ?? {};
  return (
    (!onlyDangling || tags.length === 0) &&
    library.usersOf(image.id).length === 0 &&
    (filters['label'] ?? []).every((label) => hasLabel(labels, label)) &&
    !(filters['label!'] ?? []).some((label) => hasLabel(labels, label)) &&
    (filters['until'] ?? []).every((text) => created < untilSeconds(text))
  );
}

function forget(library: ImageLibrary, image: ImageRecord): ImageRemoval[] {
  const names = library.records.namesOf(image.id);
  for (const name of names) library.records.unname(name);
  const untagged = names.map((name) => ({ Untagged: familiarName(parseReference(name)) }));
  if (!library.records.remove(image.id)) return untagged;
  library.publish({ action: 'delete', imageId: image.id, name: image.id });
  return [...untagged, { Deleted: image.id }];
}
