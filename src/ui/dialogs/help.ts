// The help: made from the key table, searchable, and it does what is chosen.
import type { Row } from '../components/line.ts';
import { line, padEnd, type Span } from '../components/line.ts';
import { chordLabel } from '../keys/chord.ts';
import type { Action, UiContext } from '../keys/binding.ts';
import { keySections } from '../keys/key-table.ts';
import { perform } from '../keys/perform.ts';
import { editText } from '../keys/text-edit.ts';
import { messages } from '../messages/en.ts';
import type { UiState } from '../ui-store.ts';
import type { Dialog } from './dialog.ts';
import type { DialogPicture } from './picture.ts';

type HelpDialog = Extract<Dialog, { kind: 'help' }>;

type Entry =
  | { readonly kind: 'title'; readonly text: string }
  | { readonly kind: 'action'; readonly action: Action };

export function helpKey(context: UiContext, dialog: HelpDialog, chord: string): void {
  const { store } = context;
  const actions = entries(store.getState(), dialog.query).flatMap((entry) =>
    entry.kind === 'action' ? [entry.action] : [],
  );
  const moveTo = (index: number): void => {
    const selected = Math.max(0, Math.min(actions.length - 1, index));
    store.setState({ dialog: { ...dialog, selected } });
  };
  if (chord === 'up') moveTo(dialog.selected - 1);
  else if (chord === 'down') moveTo(dialog.selected + 1);
  else if (chord === 'pgup') moveTo(dialog.selected - 10);
  else if (chord === 'pgdn') moveTo(dialog.selected + 10);
  else if (chord === 'enter') {
    store.setState({ dialog: undefined });
    const action = actions[dialog.selected];
    if (action !== undefined) perform(action, context);
  } else search(context, dialog, chord);
}

function search({ store }: UiContext, dialog: HelpDialog, chord: string): void {
  if (chord === '?' && dialog.query === '') {
    store.setState({ dialog: undefined });
    return;
  }
  const edited = editText({ value: dialog.query, cursor: dialog.query.length }, chord);
  if (edited !== undefined) store.setState({ dialog: { ...dialog, query: edited.value, selected: 0 } });
}

function entries(state: UiState, query: string): Entry[] {
  const wanted = query.toLowerCase();
  return keySections(state).flatMap((section): Entry[] => {
    const actions = section.actions.filter((action) => searchText(action).includes(wanted));
    if (actions.length === 0) return [];
    return [
      { kind: 'title', text: '' },
      { kind: 'title', text: section.title },
      ...actions.map((action): Entry => ({ kind: 'action', action })),
    ];
  });
}

function searchText(action: Action): string {
  return `${action.label} ${action.command} ${action.keys.map(chordLabel).join(' ')}`.toLowerCase();
}

export function helpPicture(dialog: HelpDialog, state: UiState, height: number): DialogPicture {
  const list = entries(state, dialog.query);
  let actionIndex = -1;
  let selectedRow = 0;
  const rows = list.map((entry, row): Row => {
    if (entry.kind === 'title') return { line: line(` ${entry.text}`, 'heading') };
    actionIndex++;
    const selected = actionIndex === dialog.selected;
    if (selected) selectedRow = row;
    return { line: actionLine(entry.action), tone: selected ? 'button' : undefined };
  });
  const body = Math.max(1, height - 3);
  const first = Math.max(0, Math.min(rows.length - body, selectedRow - Math.floor(body / 2)));
  return {
    title: messages.help.title,
    width: 72,
    foot: messages.help.search,
    rows: [
      { line: searchLine(dialog.query) },
      ...(rows.length === 0
        ? [{ line: line(` ${messages.help.none}`, 'muted') }]
        : rows.slice(first, first + body)),
    ],
    scroll: { first, total: rows.length },
  };
}

function searchLine(query: string): Span[] {
  return [
    { text: ' / ', tone: 'key' },
    { text: query, tone: 'strong' },
    { text: ' ', tone: 'button' },
  ];
}

function actionLine(action: Action): Span[] {
  const keys = padEnd(action.keys.map(chordLabel).join(' '), 14);
  const refused = action.disabledReason !== undefined;
  return [
    { text: `  ${keys}`, tone: refused ? 'muted' : 'key' },
    { text: action.label, tone: refused ? 'muted' : undefined },
    { text: refused ? `  – ${action.disabledReason}` : '', tone: 'muted' },
  ];
}
