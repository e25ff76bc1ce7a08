// What can be done with volumes.
import { errorMessage } from '../../engine/api/errors.ts';
import type { VolumeInspect } from '../../engine/api/volume-types.ts';
import { notify, runOnRow } from '../actions.ts';
import { line } from '../components/line.ts';
import { formatSize } from '../format.ts';
import type { Binding, UiContext } from '../keys/binding.ts';
import { copyText } from '../keys/clipboard.ts';
import { messages } from '../messages/en.ts';
import { patchPane, type UiState } from '../ui-store.ts';
import { containerName } from './container-facts.ts';
import { nameLines } from './name-lines.ts';
import { isAnonymous, volumeUsers } from './volume-facts.ts';

const { action, busy, confirm, why } = messages;

export const volumeBindings: readonly Binding<VolumeInspect>[] = [
  {
    command: 'volume.inspect',
    keys: ['i'],
    label: action.inspect,
    footer: true,
    run: (_volume, { store }) => {
      patchPane(store, 'volumes', { tab: 'inspect' });
      store.setState({ place: 'detail' });
    },
  },
  {
    command: 'volume.remove',
    keys: ['d'],
    label: action.remove,
    footer: true,
    disabledReason: (volume, state) => {
      const users = volumeUsers(volume, state.containers);
      return users.length > 0 ? why.volumeUsed(users.map(containerName).join(', ')) : undefined;
    },
    confirm: (volume) => ({
      title: confirm.removeTitle(volume.Name),
      body: [line(confirm.removeVolumeBody, 'warn')],
      choices: [{ key: 'y', label: confirm.remove, value: 'remove', danger: true }],
    }),
    run: (volume, context) =>
      runOnRow(context, {
        key: volume.Name,
        doing: busy.remove,
        work: (client) => client.getVolume(volume.Name).remove(),
        done: messages.done.removed(volume.Name),
      }),
  },
  {
    command: 'volume.copy-name',
    keys: ['y'],
    label: action.copyId,
    run: (volume, context) => copyText(context, volume.Name),
  },
];

export const volumesPaneBindings: readonly Binding<undefined>[] = [
  {
    command: 'volumes.prune',
    keys: ['D'],
    label: action.prune,
    disabledReason: (_nothing, state) => (unused(state).length === 0 ? confirm.pruneNothing : undefined),
    confirm: (_nothing, state) => ({
      title: confirm.pruneVolumes,
      body: nameLines(unused(state).map((volume) => volume.Name)),
      choices: [{ key: 'y', label: confirm.prune, value: 'prune', danger: true }],
    }),
    run: (_nothing, context) => pruneVolumes(context),
  },
];

// Docker's volume prune leaves named volumes alone.
function unused(state: UiState): VolumeInspect[] {
  return state.volumes.filter(
    (volume) => isAnonymous(volume) && volumeUsers(volume, state.containers).length === 0,
  );
}

async function pruneVolumes(context: UiContext): Promise<void> {
  try {
    const pruned = await context.client.pruneVolumes();
    const count = pruned.VolumesDeleted?.length ?? 0;
    notify(context.store, 'good', messages.done.pruned(count, formatSize(pruned.SpaceReclaimed)));
  } catch (error) {
    notify(context.store, 'bad', errorMessage(error));
  }
}
