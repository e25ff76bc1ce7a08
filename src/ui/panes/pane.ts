// A pane is a value: what it lists, how rows look, what can be done with them. One table draws them all.
import type { EngineClient } from '../../engine/api/engine-client.ts';
import type { Line, Span } from '../components/line.ts';
import type { Binding } from '../keys/binding.ts';
import type { Theme } from '../theme.ts';
import type { PaneId, UiState } from '../ui-store.ts';

export interface CellContext {
  readonly state: UiState;
  readonly theme: Theme;
  /** Columns that this cell has. */
  readonly width: number;
}

export interface Column<T> {
  readonly id: string;
  readonly title: string;
  /** Fixed columns, or a share of what fixed columns leave. */
  readonly width: number | { readonly share: number };
  /** Shown only in panes with at least this many inner columns. */
  readonly from?: number;
  readonly align?: 'right';
  readonly cell: (item: T, context: CellContext) => Span;
}

export interface Sort<T> {
  readonly id: string;
  readonly label: string;
  readonly compare: (left: T, right: T, state: UiState) => number;
}

export type Tab<T> =
  | {
      readonly kind: 'logs';
      readonly id: string;
      readonly title: string;
      readonly epoch: (item: T) => string;
    }
  | { readonly kind: 'stats'; readonly id: string; readonly title: string }
  /** Text that is fetched: once for each subject, or again and again. */
  | {
      readonly kind: 'document';
      readonly id: string;
      readonly title: string;
      readonly everyMs?: number;
      /** A different value fetches again. */
      readonly epoch: (item: T) => string;
      readonly load: (item: T, client: EngineClient) => Promise<readonly Line[]>;
    };

export interface Pane<T> {
  readonly id: PaneId;
  readonly title: string;
  readonly items: (state: UiState) => readonly T[];
  readonly keyOf: (item: T) => string;
  readonly nameOf: (item: T) => string;
  /** What the filter looks into. */
  readonly searchText: (item: T) => string;
  /** False hides the item before any filter. */
  readonly isShown?: (item: T, state: UiState) => boolean;
  readonly columns: readonly Column<T>[];
  /** The first is the default. */
  readonly sorts: readonly [Sort<T>, ...Sort<T>[]];
  /** Shown where there is nothing to list. */
  readonly empty: (state: UiState) => readonly Line[];
  readonly tabs: readonly [Tab<T>, ...Tab<T>[]];
  readonly itemBindings: readonly Binding<T>[];
  /** Those that need no selection. */
  readonly paneBindings: readonly Binding<undefined>[];
}
