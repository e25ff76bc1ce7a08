// A Pane<T> with its T closed over, so that panes of different kinds can stand in one table.
import type { EngineClient } from '../../engine/api/engine-client.ts';
import type { Row } from '../components/line.ts';
import type { Line } from '../components/line.ts';
import { bindAction, refusedAction, type Action } from '../keys/binding.ts';
import { messages } from '../messages/en.ts';
import type { Theme } from '../theme.ts';
import type { PaneId, PaneState, UiState } from '../ui-store.ts';
import type { Pane, Tab } from './pane.ts';
import { headerRow, tableRows } from './table.ts';

export interface Selection {
  readonly key: string;
  readonly name: string;
  readonly index: number;
}

export interface MountedTab {
  readonly kind: Tab<unknown>['kind'];
  readonly id: string;
  readonly title: string;
  /** Changes when the content must be fetched anew. */
  readonly subject: string;
  readonly everyMs: number | undefined;
  readonly load: ((client: EngineClient) => Promise<readonly Line[]>) | undefined;
}

export interface PaneRows {
  readonly rows: readonly Row[];
  readonly header: Line | undefined;
  readonly first: number;
  readonly total: number;
}

export interface MountedPane {
  readonly id: PaneId;
  readonly title: string;
  readonly sorts: readonly { readonly id: string; readonly label: string }[];
  /** Keys in the order on screen. */
  keys(state: UiState): readonly string[];
  /** Listed and existing. */
  counts(state: UiState): { readonly shown: number; readonly all: number };
  selection(state: UiState): Selection | undefined;
  rows(state: UiState, options: RowOptions): PaneRows;
  empty(state: UiState): readonly Line[];
  tabs(state: UiState): readonly MountedTab[];
  activeTab(state: UiState): MountedTab | undefined;
  /** With what is selected; without a selection, item actions refuse. */
  actions(state: UiState): readonly Action[];
}

export interface RowOptions {
  readonly width: number;
  readonly height: number;
  readonly theme: Theme;
  readonly focused: boolean;
}

export function mountPane<T>(pane: Pane<T>): MountedPane {
  const listed = lastCall((state: UiState) => listItems(pane, state), listInputs(pane));
  const selected = (state: UiState): { item: T; index: number } | undefined => {
    const items = listed(state);
    const index = selectedIndex(pane, items, state.panes[pane.id]);
    const item = items[index];
    return item === undefined ? undefined : { item, index };
  };
  const tabs = (state: UiState): MountedTab[] => {
    const chosen = selected(state);
    return chosen === undefined ? [] : pane.tabs.map((tab) => mountTab(pane, tab, chosen.item));
  };
  return {
    id: pane.id,
    title: pane.title,
    sorts: pane.sorts,
    keys: (state) => listed(state).map(pane.keyOf),
    counts: (state) => ({ shown: listed(state).length, all: pane.items(state).length }),
    selection: (state) => {
      const chosen = selected(state);
      if (chosen === undefined) return undefined;
      return { key: pane.keyOf(chosen.item), name: pane.nameOf(chosen.item), index: chosen.index };
    },
    rows: (state, options) =>
      paneRows(pane, { items: listed(state), index: selected(state)?.index }, { state, ...options }),
    empty: (state) => emptyLines(pane, state),
    tabs,
    activeTab: (state) => {
      const all = tabs(state);
      return all.find((tab) => tab.id === state.panes[pane.id].tab) ?? all[0];
    },
    actions: (state) => paneActions(pane, selected(state)?.item, state),
  };
}

function listInputs<T>(pane: Pane<T>): (state: UiState) => readonly unknown[] {
  return (state) => {
    const { filter, sort, descending } = state.panes[pane.id];
    const byUse = sort === 'cpu' || sort === 'memory';
    return [
      pane.items(state),
      filter,
      sort,
      descending,
      state.showStopped,
      byUse ? state.histories : undefined,
    ];
  };
}

function listItems<T>(pane: Pane<T>, state: UiState): T[] {
  const { filter, sort, descending } = state.panes[pane.id];
  const chosen = pane.sorts.find((candidate) => candidate.id === sort) ?? pane.sorts[0];
  const sign = descending ? -1 : 1;
  return pane
    .items(state)
    .filter((item) => pane.isShown?.(item, state) ?? true)
    .filter((item) => matchesFilter(pane.searchText(item), filter, pane.keyOf(item)))
    .sort(
      (left, right) =>
        sign * chosen.compare(left, right, state) || compareText(pane.nameOf(left), pane.nameOf(right)),
    );
}

const compareText = new Intl.Collator('en', { numeric: true }).compare;

/** Words all have to occur, or begin the id; `!word` must not occur. Case does not count. */
export function matchesFilter(text: string, filter: string, id = ''): boolean {
  const bareId = id.replace(/^sha256:/, '');
  const lower = text.toLowerCase();
  return filter
    .toLowerCase()
    .split(/\s+/)
    .every((word) =>
      word.startsWith('!') && word.length > 1
        ? !lower.includes(word.slice(1))
        : lower.includes(word) || (word !== '' && bareId.startsWith(word)),
    );
}

function selectedIndex<T>(pane: Pane<T>, items: readonly T[], paneState: PaneState): number {
  const byKey = items.findIndex((item) => pane.keyOf(item) === paneState.selectedKey);
  if (byKey >= 0) return byKey;
  return Math.max(0, Math.min(items.length - 1, paneState.selectedIndex));
}

function paneRows<T>(
  pane: Pane<T>,
  list: { readonly items: readonly T[]; readonly index: number | undefined },
  options: RowOptions & { readonly state: UiState },
): PaneRows {
  const { items } = list;
  const headed = options.height >= 6 && options.width >= 44;
  const visible = Math.max(0, options.height - (headed ? 1 : 0));
  const first = firstVisible(list.index ?? 0, visible, items.length);
  const rows = tableRows(pane, {
    ...options,
    items: items.slice(first, first + visible),
    selected: (list.index ?? -1) - first,
  });
  const header = headed && items.length > 0 ? headerRow(pane, options) : undefined;
  return { rows, header, first, total: items.length };
}

// Keeps the selection in the middle third while there is more on both sides; no scroll state to fall out of step.
function firstVisible(index: number, visible: number, total: number): number {
  return Math.max(0, Math.min(total - visible, index - Math.floor(visible / 2)));
}

function emptyLines<T>(pane: Pane<T>, state: UiState): readonly Line[] {
  if (!state.loaded) return [[{ text: messages.loading, tone: 'muted' }]];
  if (state.panes[pane.id].filter !== '') return [[{ text: messages.noMatch, tone: 'muted' }]];
  return pane.empty(state);
}

function mountTab<T>(pane: Pane<T>, tab: Tab<T>, item: T): MountedTab {
  const key = pane.keyOf(item);
  const base = { kind: tab.kind, id: tab.id, title: tab.title };
  switch (tab.kind) {
    case 'stats':
      return { ...base, subject: `${key}\n${tab.id}`, everyMs: undefined, load: undefined };
    case 'logs':
      return {
        ...base,
        subject: `${key}\n${tab.id}\n${tab.epoch(item)}`,
        everyMs: undefined,
        load: undefined,
      };
    case 'document':
      return {
        ...base,
        subject: `${key}\n${tab.id}\n${tab.epoch(item)}`,
        everyMs: tab.everyMs,
        load: (client) => tab.load(item, client),
      };
  }
}

function paneActions<T>(pane: Pane<T>, item: T | undefined, state: UiState): Action[] {
  const general = pane.paneBindings
    .filter((binding) => binding.isOffered?.(undefined, state) ?? true)
    .map((binding) => bindAction(binding, undefined, state));
  if (item === undefined) {
    const refused = pane.itemBindings.map((binding) => refusedAction(binding, messages.nothingSelected));
    return [...general, ...refused];
  }
  const own = pane.itemBindings
    .filter((binding) => binding.isOffered?.(item, state) ?? true)
    .map((binding) => bindAction(binding, item, state));
  return [...own, ...general];
}

// Lists are asked for several times a frame and change a few times a second.
function lastCall<A, R>(compute: (input: A) => R, inputs: (input: A) => readonly unknown[]): (input: A) => R {
  let known: { readonly inputs: readonly unknown[]; readonly result: R } | undefined;
  return (input) => {
    const fresh = inputs(input);
    if (known === undefined || known.inputs.some((value, index) => value !== fresh[index])) {
      known = { inputs: fresh, result: compute(input) };
    }
    return known.result;
  };
}
