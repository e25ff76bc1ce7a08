// Columns that several panes have.
import { messages } from '../messages/en.ts';
import type { UiState } from '../ui-store.ts';
import type { Column } from './pane.ts';

/** A filled mark where a container uses the row. */
export function usedColumn<T>(isUsed: (row: T, state: UiState) => boolean): Column<T> {
  return {
    id: 'in-use',
    title: ' ',
    width: 1,
    cell: (row, { state, theme }) =>
      isUsed(row, state)
        ? { text: theme.glyphs.running, tone: 'good' }
        : { text: theme.glyphs.exited, tone: 'muted' },
  };
}

export function nameColumn<T>(nameOf: (row: T) => string): Column<T> {
  return {
    id: 'name',
    title: messages.column.name,
    width: { share: 3 },
    cell: (row) => ({ text: nameOf(row) }),
  };
}
