import { errorMessage } from '../../engine/api/errors.ts';
import { notify } from '../actions.ts';
import { formatSize } from '../format.ts';
import type { UiContext } from '../keys/binding.ts';
import { messages } from '../messages/en.ts';

/** Removes all that do not run, and says how much that gave back. */
export async function pruneContainers(context: UiContext): Promise<void> {
  try {
    const pruned = await context.client.pruneContainers();
    const count = pruned.ContainersDeleted?.length ?? 0;
    notify(context.store, 'good', messages.done.pruned(count, formatSize(pruned.SpaceReclaimed)));
  } catch (error) {
    notify(context.store, 'bad', errorMessage(error));
  }
}
