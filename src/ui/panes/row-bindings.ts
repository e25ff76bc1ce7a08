// Keys that mean the same in several panes.
import type { Binding } from '../keys/binding.ts';
import { copyText } from '../keys/clipboard.ts';
import { messages } from '../messages/en.ts';
import { patchPane, type PaneId } from '../ui-store.ts';

const { action } = messages;

/** A new container: of the selected image where one is. */
export const RUN_KEY = 'n';

/** `i`: the detail area with what the engine knows of the row. */
export function inspectBinding<T>(pane: PaneId, command: string, footer = false): Binding<T> {
  return {
    command,
    keys: ['i'],
    label: action.inspect,
    footer,
    run: (_row, { store }) => {
      patchPane(store, pane, { tab: 'inspect' });
      store.setState({ place: 'detail' });
    },
  };
}

/** `y`: to the clipboard. */
export function copyBinding<T>(command: string, textOf: (row: T) => string): Binding<T> {
  return {
    command,
    keys: ['y'],
    label: action.copyId,
    run: (row, context) => copyText(context, textOf(row)),
  };
}
