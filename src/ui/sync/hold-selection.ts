// What is selected stays selected: the first row too, before anybody has moved. Where it goes, the row that has come to its
// place is selected from then on, and not whatever stands there after the next change.
import { panes } from '../panes/index.ts';
import { PANE_IDS, patchPane, type PaneId, type UiState, type UiStore } from '../ui-store.ts';

export function holdSelection(store: UiStore): Disposable {
  /** What was seen selected. A key that is none of these was asked for and has yet to come. */
  const held = new Map<PaneId, string>();
  const look = (state: UiState): void => {
    // While a filter is typed nothing is chosen yet: Escape comes back to what was.
    if (state.prompt?.kind === 'filter') return;
    for (const id of PANE_IDS) hold(store, id, held);
  };
  const unsubscribe = store.subscribe(look);
  look(store.getState());
  return { [Symbol.dispose]: unsubscribe };
}

function hold(store: UiStore, id: PaneId, held: Map<PaneId, string>): void {
  const state = store.getState();
  const { selectedKey: wanted, selectedIndex } = state.panes[id];
  const now = panes[id].selection(state);
  if (now === undefined) return;
  const former = held.get(id);
  if (now.key !== wanted && wanted !== undefined && wanted !== former) return;
  held.set(id, now.key);
  if (now.key === wanted && now.index === selectedIndex) return;
  const slipped = wanted !== undefined && now.key !== wanted ? { slippedAt: performance.now() } : {};
  patchPane(store, id, { selectedKey: now.key, selectedIndex: now.index, ...slipped });
}
