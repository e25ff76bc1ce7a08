// `D`: removes what nobody needs, after a look at what that is.
import { errorMessage } from '../../engine/api/errors.ts';
import type { EngineClient } from '../../engine/api/engine-client.ts';
import { notify } from '../actions.ts';
import { formatSize } from '../format.ts';
import type { Binding, UiContext } from '../keys/binding.ts';
import { messages } from '../messages/en.ts';
import type { PaneId, UiState } from '../ui-store.ts';
import { nameLines } from './name-lines.ts';

const { action, confirm } = messages;

export interface Prune {
  readonly pane: PaneId;
  readonly title: string;
  /** One line for each that would go. */
  readonly found: (state: UiState) => readonly string[];
  readonly prune: (client: EngineClient) => Promise<Pruned>;
}

interface Pruned {
  readonly removed: readonly unknown[] | null | undefined;
  readonly freed: number;
}

export function pruneBinding({ pane, title, found, prune }: Prune): Binding<undefined> {
  return {
    command: `${pane}.prune`,
    keys: ['D'],
    label: action.prune,
    disabledReason: (_nothing, state) => (found(state).length === 0 ? confirm.pruneNothing : undefined),
    confirm: (_nothing, state) => ({
      title,
      body: nameLines(found(state)),
      choices: [{ key: 'y', label: confirm.prune, value: 'prune', danger: true }],
    }),
    run: (_nothing, context) => pruneAndTell(context, prune),
  };
}

/** Says how much that gave back. */
async function pruneAndTell({ client, store }: UiContext, prune: Prune['prune']): Promise<void> {
  try {
    const { removed, freed } = await prune(client);
    notify(store, 'good', messages.done.pruned(removed?.length ?? 0, formatSize(freed)));
  } catch (error) {
    notify(store, 'bad', errorMessage(error));
  }
}
