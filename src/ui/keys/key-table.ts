// All keys that count now, in the order in which they are tried.
import { messages } from '../messages/en.ts';
import { panes } from '../panes/index.ts';
import type { UiState } from '../ui-store.ts';
import { bindAction, type Action, type Binding } from './binding.ts';
import { detailBindings, globalBindings, navigationBindings } from './global-bindings.ts';

export interface KeySection {
  readonly title: string;
  readonly actions: readonly Action[];
}

export function keySections(state: UiState): readonly KeySection[] {
  const pane = panes[state.focus];
  const detail: KeySection = { title: messages.section.detail, actions: bound(detailBindings, state) };
  const own: KeySection = { title: pane.title, actions: pane.actions(state) };
  return [
    // In the detail area its keys win: there n is the next match, in the list it is a new container.
    ...(state.place === 'detail' ? [detail, own] : [own, detail]),
    { title: messages.section.list, actions: bound(navigationBindings, state) },
    { title: messages.section.global, actions: bound(globalBindings, state) },
  ];
}

export function actionFor(state: UiState, chord: string): Action | undefined {
  for (const section of keySections(state)) {
    const found = section.actions.find((action) => action.keys.includes(chord));
    if (found !== undefined) return found;
  }
  return undefined;
}

function bound(bindings: readonly Binding<undefined>[], state: UiState): Action[] {
  return bindings
    .filter((binding) => binding.isOffered?.(undefined, state) ?? true)
    .map((binding) => bindAction(binding, undefined, state));
}
