// The dialog that asks for one line.
import { line } from '../components/line.ts';
import { noteRows } from './form-rows.ts';
import { textFieldSpans } from '../components/text-field.ts';
import { editText } from '../keys/text-edit.ts';
import { messages } from '../messages/en.ts';
import type { Theme } from '../theme.ts';
import type { UiStore } from '../ui-store.ts';
import type { Dialog } from './dialog.ts';
import type { DialogPicture } from './picture.ts';

type InputDialog = Extract<Dialog, { kind: 'input' }>;

export function openInput(
  store: UiStore,
  request: Pick<InputDialog, 'title' | 'hint' | 'value' | 'submit' | 'error'>,
): void {
  store.setState({ dialog: { kind: 'input', cursor: request.value.length, ...request } });
}

export function inputKey(store: UiStore, dialog: InputDialog, chord: string): void {
  if (chord === 'enter') {
    const value = dialog.value.trim();
    if (value === '') return;
    store.setState({ dialog: undefined });
    dialog.submit(value);
    return;
  }
  const edited = editText(dialog, chord);
  if (edited === undefined) return;
  const { error: _, ...rest } = dialog;
  store.setState({ dialog: { ...rest, ...edited } });
}

export function inputPicture(dialog: InputDialog, width: number, theme: Theme): DialogPicture {
  return {
    title: dialog.title,
    width: 64,
    foot: messages.dialog.inputKeys,
    rows: [
      { line: line('') },
      { line: [{ text: ' ' }, ...textFieldSpans({ ...dialog, width: width - 4 }, theme)] },
      { line: line('') },
      ...noteRows(dialog, width),
    ],
  };
}
