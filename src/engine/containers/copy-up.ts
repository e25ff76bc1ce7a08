// Fills an empty volume with what the image has at its place, once.
import { EngineError } from '../api/errors.ts';
import type { ImageView } from '../storage/storage-driver.ts';

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
export function copyUp(request: CopyUpRequest): Promise<void> {
  throw new EngineError('not-implemented', `fill ${request.volumeDir}`);
}
