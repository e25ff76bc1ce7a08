// Questions and menus.
import type { Row } from '../components/line.ts';
import { line, lineWidth, wrapLine } from '../components/line.ts';
import { messages } from '../messages/en.ts';
import type { UiStore } from '../ui-store.ts';
import type { Choice, Dialog } from './dialog.ts';
import { FRAME_ROWS, rowsAround } from './form-rows.ts';
import type { DialogPicture, PictureRoom } from './picture.ts';

type ChoiceDialog = Extract<Dialog, { kind: 'choice' }>;

export function openChoices(store: UiStore, request: Pick<ChoiceDialog, 'title' | 'body' | 'choices'>): void {
  store.setState({ dialog: { kind: 'choice', selected: 0, ...request } });
}

export function choiceKey(store: UiStore, dialog: ChoiceDialog, chord: string): void {
  const move = (step: number): void => {
    const selected = (dialog.selected + step + dialog.choices.length) % dialog.choices.length;
    store.setState({ dialog: { ...dialog, selected } });
  };
  if (chord === 'up' || chord === 'S-tab') move(-1);
  else if (chord === 'down' || chord === 'tab') move(1);
  else pick(store, chord === 'enter' ? dialog.choices[dialog.selected] : byKey(dialog, chord));
}

function byKey(dialog: ChoiceDialog, chord: string): Choice | undefined {
  return dialog.choices.find((choice) => choice.key === chord);
}

function pick(store: UiStore, choice: Choice | undefined): void {
  if (choice === undefined) return;
  store.setState({ dialog: undefined });
  choice.run();
}

/** Where rows are few the choices are kept, as many as there is room for, and then what there is to say. */
export function choicePicture(
  dialog: ChoiceDialog,
  { width, height }: Pick<PictureRoom, 'width' | 'height'>,
): DialogPicture {
  const choices = dialog.choices.map((choice, index) => choiceRow(choice, index === dialog.selected));
  const room = Math.max(1, height - FRAME_ROWS - 1);
  const { shown, scroll } = rowsAround(dialog.selected, choices, room);
  const body = dialog.body
    .flatMap((text) => wrapLine(text, width - 4))
    .slice(0, Math.max(0, room - shown.length - 1));
  const rows: Row[] = [
    { line: line('') },
    ...body.map((text): Row => ({ line: [{ text: ' ' }, ...text] })),
    ...(body.length > 0 ? [{ line: line('') }] : []),
    ...shown,
  ];
  const danger = dialog.choices.some((choice) => choice.danger === true);
  return {
    title: dialog.title,
    width: Math.max(
      48,
      ...dialog.body.map((text) => Math.min(72, lineWidth(text) + 4)),
      ...choices.map((row) => Math.min(72, lineWidth(row.line) + 4)),
    ),
    foot: messages.dialog.choiceKeys,
    rows,
    ...scroll,
    ...(danger ? { tone: 'bad' as const } : {}),
  };
}

function choiceRow(choice: Choice, selected: boolean): Row {
  const tone = choice.danger === true ? 'bad' : 'key';
  return {
    line: [
      { text: `  ${choice.key}  `, tone },
      { text: choice.label, tone: choice.danger === true ? 'bad' : 'text' },
    ],
    tone: selected ? (choice.danger === true ? 'dangerButton' : 'button') : undefined,
  };
}
