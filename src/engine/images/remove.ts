// `rmi` with Docker's rules: a name is taken away first; the image goes with its last name, unless a container needs it.
import { EngineError } from '../api/errors.ts';
import type { ImageRemoval } from '../api/image-types.ts';
import { type ImageLibrary, getImage, isIdOf, nameFrom, writeIndex } from './image-library.ts';
import type { ImageRecord } from './image-records.ts';
import type { RemoveImageOptions } from './image-service.ts';
import { familiarName, isSameRepository, parseReference } from './reference.ts';
import { shortDigest } from './progress.ts';
import { deletions, sweepUnused } from './sweep.ts';

export async function removeImage(
  library: ImageLibrary,
  text: string,
  options: RemoveImageOptions,
): Promise<ImageRemoval[]> {
  const image = getImage(library, text);
  const name = nameFrom(text);
  const isNamed = name !== undefined && library.records.imageOf(name) === image.id && !isFullId(text, image);
  const removed = isNamed
    ? await removeName(library, { image, name, text }, options)
    : await removeById(library, { image, text }, options);
  await writeIndex(library);
  return removed;
}

function isFullId(text: string, image: ImageRecord): boolean {
  return text.replace(/^sha256:/, '').length === 64 && isIdOf(text, image);
}

interface NamedTarget {
  readonly image: ImageRecord;
  /** Full. */
  readonly name: string;
  readonly text: string;
}

async function removeName(
  library: ImageLibrary,
  target: NamedTarget,
  options: RemoveImageOptions,
): Promise<ImageRemoval[]> {
  const { image, name, text } = target;
  const { records } = library;
  const isTag = !name.includes('@');
  const others = records.namesOf(image.id).filter((other) => other !== name);
  const otherTags = others.filter((other) => !other.includes('@'));
  const [user] = library.usersOf(image.id);
  if (options.force !== true && otherTags.length === 0 && user !== undefined)
    throw new EngineError(
      'conflict',
      `conflict: unable to remove repository reference "${text}" (must force) - container ${shortDigest(user.id)} is using its referenced image ${shortDigest(image.id)}`,
    );
  // The digest that came with the tag is of no use without a tag in the same repository.
  const companions =
    isTag && !otherTags.some((tag) => sameRepository(tag, name))
      ? others.filter((other) => other.includes('@') && sameRepository(other, name))
      : [];
  const untagged = untag(library, image, [name, ...companions]);
  if (records.namesOf(image.id).length > 0) return untagged;
  // Forced while a container stands on it: it stays, without a name.
  if (library.usersOf(image.id).length > 0) return untagged;
  return [...untagged, ...(await deleteImage(library, image, options))];
}

async function removeById(
  library: ImageLibrary,
  { image, text }: { image: ImageRecord; text: string },
  options: RemoveImageOptions,
): Promise<ImageRemoval[]> {
  const names = library.records.namesOf(image.id);
  const conflict = conflictOf(library, { image, names, force: options.force === true });
  if (conflict !== undefined)
    throw new EngineError(
      'conflict',
      `conflict: unable to delete ${text.startsWith('sha256:') ? shortDigest(text) : text} ${conflict}`,
    );
  const untagged = untag(library, image, names);
  return [...untagged, ...(await deleteImage(library, image, options))];
}

/** Why an image cannot be deleted, as Docker words it. */
function conflictOf(
  library: ImageLibrary,
  { image, names, force }: { image: ImageRecord; names: readonly string[]; force: boolean },
): string | undefined {
  const users = library.usersOf(image.id);
  const running = users.find((user) => user.running);
  if (running !== undefined)
    return `(cannot be forced) - image is being used by running container ${shortDigest(running.id)}`;
  if (force) return undefined;
  const tags = names.filter((name) => !name.includes('@'));
  const [first] = names;
  if (tags.length > 1 || (first !== undefined && !names.every((name) => sameRepository(name, first))))
    return '(must be forced) - image is referenced in multiple repositories';
  const [stopped] = users;
  return stopped === undefined
    ? undefined
    : `(must be forced) - image is being used by stopped container ${shortDigest(stopped.id)}`;
}

function untag(library: ImageLibrary, image: ImageRecord, names: readonly string[]): ImageRemoval[] {
  return names.map((name) => {
    library.records.unname(name);
    const familiar = familiarName(parseReference(name));
    library.publish({ action: 'untag', imageId: image.id, name: familiar });
    return { Untagged: familiar };
  });
}

async function deleteImage(
  library: ImageLibrary,
  image: ImageRecord,
  options: RemoveImageOptions,
): Promise<ImageRemoval[]> {
  // Somebody may have given it a name meanwhile.
  if (!library.records.remove(image.id)) return [];
  library.publish({ action: 'delete', imageId: image.id, name: image.id });
  const layers = options.noprune === true ? [] : deletions(await sweepUnused(library));
  return [{ Deleted: image.id }, ...layers];
}

function sameRepository(a: string, b: string): boolean {
  return isSameRepository(parseReference(a), parseReference(b));
}
