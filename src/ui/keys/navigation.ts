// Moving: the selection in lists, the window in the detail area, from pane to pane.
import { clampScroll, detailSize } from '../details/detail.ts';
import { findLine, logWindow } from '../details/log-view.ts';
import { innerSize, layoutFor } from '../layout.ts';
import { panes } from '../panes/index.ts';
import type { Theme } from '../theme.ts';
import {
  PANE_IDS,
  patchPane,
  patchView,
  type PaneId,
  type UiState,
  type UiStore,
  type Zoom,
} from '../ui-store.ts';

export type Distance = number | 'first' | 'last';

/** Moves what has the focus. */
export function move(store: UiStore, distance: Distance, theme: Theme): void {
  if (store.getState().place === 'detail') scrollDetail(store, distance, theme);
  else moveSelection(store, distance);
}

export function pageRows(state: UiState): number {
  if (state.place === 'detail') return detailSize(state).height;
  const layout = layoutFor(state);
  if (layout.kind !== 'screen') return 1;
  const pane = layout.panes.find(({ id }) => id === state.focus);
  return pane === undefined ? 1 : innerSize(pane.rect).height;
}

export function moveSelection(store: UiStore, distance: Distance): void {
  const state = store.getState();
  const pane = panes[state.focus];
  const keys = pane.keys(state);
  if (keys.length === 0) return;
  const index = targetIndex(distance, pane.selection(state)?.index ?? 0, keys.length);
  patchPane(store, state.focus, { selectedKey: keys[index], selectedIndex: index });
  resetView(store);
}

function targetIndex(distance: Distance, index: number, count: number): number {
  if (distance === 'first') return 0;
  if (distance === 'last') return count - 1;
  return Math.max(0, Math.min(count - 1, index + distance));
}

/** Another subject starts at its beginning, a log at its end. */
export function resetView(store: UiStore): void {
  const { view } = store.getState();
  if (view.scroll !== 0 || view.logTop !== 'follow') patchView(store, { scroll: 0, logTop: 'follow' });
}

export function focusPane(store: UiStore, id: PaneId): void {
  store.setState({ focus: id, place: 'list' });
  resetView(store);
}

export function stepPane(store: UiStore, step: 1 | -1): void {
  const { focus } = store.getState();
  const index = (PANE_IDS.indexOf(focus) + step + PANE_IDS.length) % PANE_IDS.length;
  focusPane(store, PANE_IDS[index] ?? focus);
}

export function stepTab(store: UiStore, step: 1 | -1): void {
  const state = store.getState();
  const pane = panes[state.focus];
  const tabs = pane.tabs(state);
  const index = tabs.findIndex((tab) => tab.id === pane.activeTab(state)?.id);
  const next = tabs[(index + step + tabs.length) % tabs.length];
  if (next === undefined) return;
  patchPane(store, state.focus, { tab: next.id });
  resetView(store);
}

const ZOOMS: readonly Zoom[] = ['normal', 'half', 'full'];

export function stepZoom(store: UiStore, step: 1 | -1): void {
  const index = ZOOMS.indexOf(store.getState().zoom) + step;
  store.setState({ zoom: ZOOMS[Math.max(0, Math.min(ZOOMS.length - 1, index))] ?? 'normal' });
}

export function scrollDetail(store: UiStore, distance: Distance, theme: Theme): void {
  const state = store.getState();
  const tab = panes[state.focus].activeTab(state);
  if (tab?.kind === 'logs') scrollLogs(store, distance, theme);
  else if (tab?.kind === 'document') scrollDocument(store, distance);
}

function scrollDocument(store: UiStore, distance: Distance): void {
  const { detail, view, ...state } = store.getState();
  if (detail.kind !== 'document') return;
  const { height } = detailSize({ ...state, detail, view });
  const end = clampScroll(Number.MAX_SAFE_INTEGER, detail.lines.length, height);
  // With wrapped lines the end is further down; the picture clamps for itself.
  const limit = view.wrap ? detail.lines.length * 2 : end;
  const wished =
    distance === 'first' ? 0 : distance === 'last' ? limit : Math.min(view.scroll, limit) + distance;
  patchView(store, { scroll: Math.max(0, Math.min(limit, wished)) });
}

function scrollLogs(store: UiStore, distance: Distance, theme: Theme): void {
  const state = store.getState();
  const { logs, view } = state;
  if (logs === undefined) return;
  if (distance === 'last') {
    patchView(store, { logTop: 'follow' });
    return;
  }
  const window = logWindow(logs.buffer, { view, theme, ...detailSize(state) });
  const top = distance === 'first' ? logs.buffer.first : window.top + distance;
  const atEnd = distance !== 'first' && distance > 0 && window.below <= distance;
  patchView(store, { logTop: atEnd ? 'follow' : Math.max(logs.buffer.first, top) });
}

/** Goes to the next line that contains the search text. False when there is none that way. */
export function stepSearch(store: UiStore, step: 1 | -1, theme: Theme): boolean {
  const state = store.getState();
  const { logs, view } = state;
  if (logs === undefined || view.search === '') return false;
  const window = logWindow(logs.buffer, { view, theme, ...detailSize(state) });
  const from = view.logTop === 'follow' ? logs.buffer.end : window.top;
  const found = findLine(logs.buffer, view.search, { from, step });
  if (found === undefined) return false;
  patchView(store, { logTop: found });
  return true;
}
