// What can be done with volumes.
import type { VolumeInspect } from '../../engine/api/volume-types.ts';
import { runOnRow } from '../actions.ts';
import { line } from '../components/line.ts';
import type { Binding } from '../keys/binding.ts';
import { messages } from '../messages/en.ts';
import type { UiState } from '../ui-store.ts';
import { containerName } from './container-facts.ts';
import { pruneBinding } from './prune-binding.ts';
import { copyBinding, inspectBinding } from './row-bindings.ts';
import { isAnonymous, volumeUsers } from './volume-facts.ts';

const { action, busy, confirm, why } = messages;

export const volumeBindings: readonly Binding<VolumeInspect>[] = [
  inspectBinding('volumes', 'volume.inspect', true),
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
  copyBinding('volume.copy-name', (volume) => volume.Name),
];

export const volumesPaneBindings: readonly Binding<undefined>[] = [
  pruneBinding({
    pane: 'volumes',
    title: confirm.pruneVolumes,
    found: (state) => unused(state).map(({ Name }) => ({ key: Name, text: Name })),
    remove: async (client, name) => {
      await client.getVolume(name).remove();
      return {};
    },
  }),
];

// Docker's volume prune leaves named volumes alone.
function unused(state: UiState): VolumeInspect[] {
  return state.volumes.filter(
    (volume) => isAnonymous(volume) && volumeUsers(volume, state.containers).length === 0,
  );
}
