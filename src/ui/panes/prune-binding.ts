// `D`: removes what nobody needs, after a look at what that is. Exactly what was looked at: a container that ended while
// the question stood is somebody's, and may hold the reason why it ended.
import { errorMessage, isErrorKind } from '../../engine/api/errors.ts';
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
  /** What would go. */
  readonly found: (state: UiState) => readonly Found[];
  /** Removes one of them; undefined where it is needed by now. The bytes that this freed, where they are known. */
  readonly remove: (
    client: EngineClient,
    key: string,
  ) => Promise<{ readonly freed?: number | undefined } | undefined>;
}

export interface Found {
  readonly key: string;
  /** The line for it. */
  readonly text: string;
}

export function pruneBinding(prune: Prune): Binding<undefined> {
  const { pane, title, found } = prune;
  return {
    command: `${pane}.prune`,
    keys: ['D'],
    label: action.prune,
    disabledReason: (_nothing, state) => (found(state).length === 0 ? confirm.pruneNothing : undefined),
    confirm: (_nothing, state) => {
      const shown = found(state);
      const keys = shown.map(({ key }) => key).join('\n');
      return {
        title,
        body: nameLines(shown.map(({ text }) => text)),
        choices: [{ key: 'y', label: confirm.prune, value: keys, danger: true }],
      };
    },
    run: (_nothing, context, keys) => pruneAndTell(context, prune, keys.split('\n')),
  };
}

/** Says how much that gave back, and what stands in the way of the rest. */
async function pruneAndTell(
  { client, store }: UiContext,
  { remove }: Prune,
  keys: readonly string[],
): Promise<void> {
  let removed = 0;
  let freed: number | undefined;
  for (const key of keys) {
    try {
      const gone = await remove(client, key);
      if (gone !== undefined) removed += 1;
      if (gone?.freed !== undefined) freed = (freed ?? 0) + gone.freed;
    } catch (error) {
      if (!isErrorKind(error, 'not-found')) notify(store, 'bad', errorMessage(error));
    }
  }
  notify(store, 'good', messages.done.pruned(removed, freed === undefined ? undefined : formatSize(freed)));
}
