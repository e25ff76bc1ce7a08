// Small readings of an image's summary.
import type { ImageSummary } from '../../engine/api/image-types.ts';
import { shortId } from '../format.ts';
import type { UiState } from '../ui-store.ts';
import { containerName } from './container-facts.ts';

/** Its first tag, or the short id of an image without one. */
export function referenceOf(image: ImageSummary): string {
  const tag = (image.RepoTags ?? []).find((candidate) => candidate !== '<none>:<none>');
  return tag ?? shortId(image.Id);
}

/** Names of the containers made from it. */
export function imageUsers(image: ImageSummary, state: UiState): string[] {
  return state.containers.filter((container) => container.ImageID === image.Id).map(containerName);
}
