// What can be done with networks.
import type { NetworkInfo } from '../../engine/api/network-types.ts';
import type { Binding } from '../keys/binding.ts';
import { messages } from '../messages/en.ts';
import { copyBinding, inspectBinding } from './row-bindings.ts';

const { action, why } = messages;

export const networkBindings: readonly Binding<NetworkInfo>[] = [
  inspectBinding('networks', 'network.inspect', true),
  {
    command: 'network.remove',
    keys: ['d'],
    label: action.remove,
    disabledReason: () => why.noNetworkRemoval,
    run: () => undefined,
  },
  copyBinding('network.copy-id', (network) => network.Id),
];
