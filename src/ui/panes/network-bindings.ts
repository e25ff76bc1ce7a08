// What can be done with networks.
import type { NetworkInfo } from '../../engine/api/network-types.ts';
import type { Binding } from '../keys/binding.ts';
import { copyText } from '../keys/clipboard.ts';
import { messages } from '../messages/en.ts';
import { patchPane } from '../ui-store.ts';

const { action, why } = messages;

export const networkBindings: readonly Binding<NetworkInfo>[] = [
  {
    command: 'network.inspect',
    keys: ['i'],
    label: action.inspect,
    footer: true,
    run: (_network, { store }) => {
      patchPane(store, 'networks', { tab: 'inspect' });
      store.setState({ place: 'detail' });
    },
  },
  {
    command: 'network.remove',
    keys: ['d'],
    label: action.remove,
    disabledReason: () => why.noNetworkRemoval,
    run: () => undefined,
  },
  {
    command: 'network.copy-id',
    keys: ['y'],
    label: action.copyId,
    run: (network, context) => copyText(context, network.Id),
  },
];
