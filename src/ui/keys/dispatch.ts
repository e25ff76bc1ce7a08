// From a key to what it does: the dialog first, then a line being typed, then the key table.
import { choiceKey } from '../dialogs/choice.ts';
import type { Dialog } from '../dialogs/dialog.ts';
import { helpKey } from '../dialogs/help.ts';
import { inputKey } from '../dialogs/input.ts';
import { limitsKey } from '../dialogs/limits-dialog.ts';
import { runKey } from '../dialogs/run-dialog.ts';
import { notify } from '../actions.ts';
import { messages } from '../messages/en.ts';
import { panes } from '../panes/index.ts';
import { patchPane, patchView, type Prompt } from '../ui-store.ts';
import type { UiContext } from './binding.ts';
import { chordLabel, pastedText } from './chord.ts';
import { actionFor } from './key-table.ts';
import { moveSelection, resetView, stepSearch } from './navigation.ts';
import { perform } from './perform.ts';
import { editText } from './text-edit.ts';

export function pressKey(context: UiContext, chord: string): void {
  const { dialog, prompt } = context.store.getState();
  if (dialog !== undefined) dialogKey(context, dialog, chord);
  else if (prompt !== undefined) promptKey(context, prompt, chord);
  else tableKey(context, chord);
}

function dialogKey(context: UiContext, dialog: Dialog, chord: string): void {
  const { store } = context;
  if (chord === 'esc' || chord === 'ctrl-c') {
    store.setState({ dialog: undefined });
    return;
  }
  switch (dialog.kind) {
    case 'choice':
      return choiceKey(store, dialog, chord);
    case 'input':
      return inputKey(store, dialog, chord);
    case 'run':
      return runKey(context, dialog.form, chord);
    case 'limits':
      return limitsKey(context, dialog.form, chord);
    case 'help':
      return helpKey(context, dialog, chord);
  }
}

function promptKey(context: UiContext, prompt: Prompt, chord: string): void {
  const { store } = context;
  const value = promptValue(context, prompt);
  if (chord === 'enter') acceptPrompt(context, prompt, value);
  else if (chord === 'esc' || chord === 'ctrl-c') {
    setPromptValue(context, prompt, '');
    store.setState({ prompt: undefined });
  } else if (prompt.kind === 'filter' && (chord === 'up' || chord === 'down')) {
    moveSelection(store, chord === 'up' ? -1 : 1);
  } else {
    const edited = editText({ value, cursor: value.length }, chord);
    if (edited !== undefined) setPromptValue(context, prompt, edited.value);
  }
}

function acceptPrompt({ store, theme }: UiContext, prompt: Prompt, value: string): void {
  if (prompt.kind === 'filter') keepSelection(store);
  store.setState({ prompt: undefined });
  if (prompt.kind === 'search' && value !== '' && !stepSearch(store, -1, theme)) {
    notify(store, 'warn', messages.logs.noMatch(value));
  }
}

// What was found stays selected when the filter goes.
function keepSelection(store: UiContext['store']): void {
  const state = store.getState();
  const selection = panes[state.focus].selection(state);
  if (selection === undefined) return;
  patchPane(store, state.focus, { selectedKey: selection.key, selectedIndex: selection.index });
}

function promptValue({ store }: UiContext, prompt: Prompt): string {
  const state = store.getState();
  return prompt.kind === 'filter' ? state.panes[state.focus].filter : state.view.search;
}

function setPromptValue({ store }: UiContext, prompt: Prompt, value: string): void {
  if (prompt.kind === 'search') {
    patchView(store, { search: value });
    return;
  }
  patchPane(store, store.getState().focus, { filter: value });
  resetView(store);
}

function tableKey(context: UiContext, chord: string): void {
  const action = actionFor(context.store.getState(), chord);
  if (action !== undefined) perform(action, context);
  else if (pastedText(chord) !== undefined) notify(context.store, 'warn', messages.pasted);
  else if (chord !== 'esc') notify(context.store, 'warn', messages.unknownKey(chordLabel(chord)));
}
