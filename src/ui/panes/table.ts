// Columns to lines: which columns fit, how wide they are, and each row's spans.
import type { Row } from '../components/line.ts';
import { cleanText, cutText, padEnd, padStart, type Line, type Span } from '../components/line.ts';
import type { Theme } from '../theme.ts';
import type { UiState } from '../ui-store.ts';
import type { Column, Pane } from './pane.ts';

interface TableOptions {
  readonly state: UiState;
  readonly theme: Theme;
  readonly width: number;
  readonly focused: boolean;
}

interface PlacedColumn<T> {
  readonly column: Column<T>;
  readonly width: number;
}

export function tableRows<T>(
  pane: Pane<T>,
  options: TableOptions & { readonly items: readonly T[]; readonly selected: number },
): Row[] {
  const placed = placeColumns(pane.columns, options.width - 1);
  return options.items.map((item, index) => {
    const selected = index === options.selected;
    const tone = selected && options.focused ? 'selected' : undefined;
    const mark: Span = selected
      ? { text: options.theme.glyphs.selection, tone: options.focused ? 'accent' : 'muted' }
      : { text: ' ' };
    return { line: [mark, ...rowSpans(placed, item, options)], tone };
  });
}

export function headerRow<T>(pane: Pane<T>, options: TableOptions): Line {
  const { sort, descending } = options.state.panes[pane.id];
  const arrow = descending ? options.theme.glyphs.receive : options.theme.glyphs.transmit;
  const spans = placeColumns(pane.columns, options.width - 1).map(({ column, width }): Span => {
    const title = column.id === sort ? `${column.title}${arrow}` : column.title;
    return { text: `${fit(title, width, column.align)} `, tone: 'heading' };
  });
  return [{ text: ' ' }, ...spans];
}

function rowSpans<T>(placed: readonly PlacedColumn<T>[], item: T, options: TableOptions): Span[] {
  const { state, theme } = options;
  return placed.flatMap(({ column, width }): Span[] => {
    const span = column.cell(item, { state, theme, width });
    return [{ ...span, text: fit(cleanText(span.text), width, column.align) }, { text: ' ' }];
  });
}

function fit(text: string, width: number, align: 'right' | undefined): string {
  const cut = cutText(text, width);
  return align === 'right' ? padStart(cut, width) : padEnd(cut, width);
}

/** Columns that fit, fixed ones first; the rest is shared by weight. One column of space stands after each. */
export function placeColumns<T>(columns: readonly Column<T>[], width: number): PlacedColumn<T>[] {
  const shown = columns.filter((column) => width >= (column.from ?? 0));
  const fixed = shown.reduce((sum, { width }) => sum + (typeof width === 'number' ? width : 0), 0);
  const shares = shown.reduce((sum, { width }) => sum + (typeof width === 'number' ? 0 : width.share), 0);
  let room = Math.max(0, width - fixed - shown.length);
  let left = shares;
  return shown.map((column) => {
    if (typeof column.width === 'number') return { column, width: column.width };
    const own = Math.floor((room * column.width.share) / Math.max(1, left));
    room -= own;
    left -= column.width.share;
    return { column, width: own };
  });
}
