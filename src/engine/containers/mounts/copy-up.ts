// Fills an empty volume with what the image has at its place, once.
import { type Stats, existsSync, lstatSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { isErrno } from '../../../native/syscall-error.ts';
import { withLock } from '../../state/locks.ts';
import type { ImageView } from '../../storage/storage-driver.ts';
import { openArchiveHelper } from '../archive/archive-helper.ts';

export interface CopyUpRequest {
  /** The image's content, without the container's writable part. */
  readonly view: ImageView;
  /** Where the volume will be mounted, in the container. */
  readonly path: string;
  /** `<root>/volumes/<name>/_data` */
  readonly volumeDir: string;
}

/**
 * Copies the image's directory at `path`, with its own mode and owner, into the volume if that is empty. Nothing
 * happens where the image has no such directory. Two containers at once are fine; a copy that was interrupted is
 * recognised by a marker beside the volume's directory and made again.
 */
export async function copyUp(request: CopyUpRequest): Promise<void> {
  const { view, volumeDir } = request;
  const path = posix.join('/', request.path);
  const volume = dirname(volumeDir);
  const marker = join(volume, 'copy-up.unfinished');
  if (!mayHave(view, path) || (!existsSync(marker) && !isEmpty(volumeDir))) return;
  await withLock(join(volume, 'copy-up.lock'), { subject: `volume ${volumeDir}` }, async (lock) => {
    // Another may have filled it while we waited.
    if (existsSync(marker) || isEmpty(volumeDir)) {
      writeFileSync(marker, '');
      empty(volumeDir);
      const helper = openArchiveHelper({ operation: 'copy-up', view, path, volumeDir });
      helper.output.resume();
      await helper.done;
      rmSync(marker);
    }
    lock.retire();
  });
}

const isEmpty = (directory: string): boolean => readdirSync(directory).length === 0;

function empty(directory: string): void {
  for (const name of readdirSync(directory)) rmSync(join(directory, name), { recursive: true });
}

/**
 * False where no layer has the path, so that most volumes cost no process. Component by component; what cannot be told
 * by looking (a link on the way) may be there.
 */
export function mayHave(view: ImageView, path: string): boolean {
  const layers = view.kind === 'bind' ? [view.source] : view.lowerdirs;
  let place = '';
  for (const component of path.split('/').filter(Boolean)) {
    place += `/${component}`;
    const top = topmost(layers, place);
    if (top === 'absent') return false;
    if (top === 'link') return true;
  }
  return true;
}

/** Layers are read from the top. A whiteout (a device 0/0) hides what is below it; an opaque directory is not looked at. */
function topmost(layers: readonly string[], place: string): 'directory' | 'link' | 'absent' {
  for (const layer of layers) {
    const stats = statsIfThere(layer + place);
    if (stats === undefined) continue;
    if (stats.isSymbolicLink()) return 'link';
    return stats.isDirectory() ? 'directory' : 'absent';
  }
  return 'absent';
}

function statsIfThere(path: string): Stats | undefined {
  try {
    return lstatSync(path);
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
}
