// What can be done with images.
import type { ImageSummary } from '../../engine/api/image-types.ts';
import { runOnRow } from '../actions.ts';
import { line } from '../components/line.ts';
import { openRunForm } from '../dialogs/run-dialog.ts';
import { formatSize } from '../format.ts';
import type { Binding } from '../keys/binding.ts';
import { messages } from '../messages/en.ts';
import type { UiState } from '../ui-store.ts';
import { imageUsers, referenceOf } from './image-facts.ts';
import { imageSources } from './image-sources.ts';
import { pruneBinding } from './prune-binding.ts';
import { copyBinding, inspectBinding, RUN_KEY } from './row-bindings.ts';

const { action, busy, confirm } = messages;

export const imageBindings: readonly Binding<ImageSummary>[] = [
  {
    command: 'image.run',
    keys: ['r', RUN_KEY],
    label: action.run,
    footer: true,
    run: (image, context) => openRunForm(context, referenceOf(image)),
  },
  {
    command: 'image.remove',
    keys: ['d'],
    label: action.remove,
    footer: true,
    confirm: (image, state) => ({
      title: confirm.removeTitle(referenceOf(image)),
      body: removeWarning(image, state),
      choices: [{ key: 'y', label: confirm.remove, value: 'remove', danger: true }],
    }),
    run: (image, context) =>
      runOnRow(context, {
        key: image.Id,
        doing: busy.remove,
        work: (client) => client.getImage(referenceOf(image)).remove(),
        done: messages.done.removed(referenceOf(image)),
      }),
  },
  inspectBinding('images', 'image.inspect'),
  copyBinding('image.copy-id', (image) => image.Id),
];

export const imagesPaneBindings: readonly Binding<undefined>[] = [
  ...imageSources('images', true),
  pruneBinding({
    pane: 'images',
    title: confirm.pruneImages,
    found: (state) =>
      untagged(state).map((image) => ({
        key: image.Id,
        text: `${referenceOf(image)}  ${formatSize(image.Size)}`,
      })),
    remove: async (client, id) => {
      const image = client.getImage(id);
      const { RepoTags } = await image.inspect();
      if (RepoTags.length > 0) return undefined;
      await image.remove();
      return {};
    },
  }),
];

function untagged(state: UiState): ImageSummary[] {
  return state.images.filter(
    (image) =>
      !(image.RepoTags ?? []).some((tag) => tag !== '<none>:<none>') && imageUsers(image, state).length === 0,
  );
}

function removeWarning(image: ImageSummary, state: UiState): ReturnType<typeof line>[] {
  const users = imageUsers(image, state);
  return users.length > 0
    ? [line(confirm.removeImageUsed(users.join(', ')), 'warn')]
    : [line(confirm.removeImageBody, 'muted')];
}
