// Questions and menus.
import type { Row } from '../components/line.ts';
import { line, lineWidth, wrapLine } from '../components/line.ts';
import { messages } from '../messages/en.ts';
import type { UiStore } from '../ui-store.ts';
import type { Choice, Dialog } from './dialog.ts';
import type { DialogPicture } from './picture.ts';

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

export function choicePicture(dialog: ChoiceDialog, width: number): DialogPicture {
  const body = dialog.body.flatMap((text) => wrapLine(text, width - 4));
  const rows: Row[] = [
    { line: line('') },
    ...body.map((text): Row => ({ line: [{ text: ' ' }, ...text] })),
    ...(body.length > 0 ? [{ line: line('') }] : []),
    ...dialog.choices.map((choice, index) => choiceRow(choice, index === dialog.selected)),
  ];
  const danger = dialog.choices.some((choice) => choice.danger === true);
  return {
    title: dialog.title,
    width: Math.max(48, ...dialog.body.map((text) => Math.min(72, lineWidth(text) + 4))),
    foot: messages.dialog.choiceKeys,
    rows,
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
