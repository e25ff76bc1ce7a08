// What can be done with images.
import { errorMessage } from '../../engine/api/errors.ts';
import type { ImageSummary } from '../../engine/api/image-types.ts';
import { notify, runOnRow } from '../actions.ts';
import { line } from '../components/line.ts';
import { openRunForm } from '../dialogs/run-dialog.ts';
import { formatSize } from '../format.ts';
import type { Binding, UiContext } from '../keys/binding.ts';
import { copyText } from '../keys/clipboard.ts';
import { messages } from '../messages/en.ts';
import { patchPane, type UiState } from '../ui-store.ts';
import { imageUsers, referenceOf } from './image-facts.ts';
import { buildHosttools, loadArchive, pullImage } from './image-jobs.ts';
import { nameLines } from './name-lines.ts';

const { action, busy, confirm } = messages;

export const imageBindings: readonly Binding<ImageSummary>[] = [
  {
    command: 'image.run',
    keys: ['r', 'n'],
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
  {
    command: 'image.inspect',
    keys: ['i'],
    label: action.inspect,
    run: (_image, { store }) => {
      patchPane(store, 'images', { tab: 'inspect' });
      store.setState({ place: 'detail' });
    },
  },
  {
    command: 'image.copy-id',
    keys: ['y'],
    label: action.copyId,
    run: (image, context) => copyText(context, image.Id),
  },
];

export const imagesPaneBindings: readonly Binding<undefined>[] = [
  {
    command: 'images.pull',
    keys: ['P'],
    label: action.pull,
    footer: true,
    run: (_nothing, context) => pullImage(context),
  },
  {
    command: 'images.load',
    keys: ['L'],
    label: action.load,
    footer: true,
    run: (_nothing, context) => loadArchive(context),
  },
  {
    command: 'images.hosttools',
    keys: ['H'],
    label: action.hosttools,
    run: (_nothing, context) => buildHosttools(context),
  },
  {
    command: 'images.first-image',
    keys: ['h'],
    label: action.hosttools,
    footer: true,
    isOffered: (_nothing, state) => state.loaded && state.images.length === 0,
    run: (_nothing, context) => buildHosttools(context),
  },
  {
    command: 'images.prune',
    keys: ['D'],
    label: action.prune,
    disabledReason: (_nothing, state) => (untagged(state).length === 0 ? confirm.pruneNothing : undefined),
    confirm: (_nothing, state) => ({
      title: confirm.pruneImages,
      body: nameLines(untagged(state).map((image) => `${referenceOf(image)}  ${formatSize(image.Size)}`)),
      choices: [{ key: 'y', label: confirm.prune, value: 'prune', danger: true }],
    }),
    run: (_nothing, context) => pruneImages(context),
  },
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

async function pruneImages(context: UiContext): Promise<void> {
  try {
    const pruned = await context.client.pruneImages();
    const count = pruned.ImagesDeleted?.length ?? 0;
    notify(context.store, 'good', messages.done.pruned(count, formatSize(pruned.SpaceReclaimed)));
  } catch (error) {
    notify(context.store, 'bad', errorMessage(error));
  }
}
