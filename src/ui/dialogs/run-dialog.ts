// The run form's keys, picture and what Enter does.
import { errorMessage } from '../../engine/api/errors.ts';
import { notify } from '../actions.ts';
import { line, wrapWords, type Row, type Span } from '../components/line.ts';
import { textFieldSpans } from '../components/text-field.ts';
import type { UiContext } from '../keys/binding.ts';
import { editText } from '../keys/text-edit.ts';
import { messages } from '../messages/en.ts';
import { openAttach } from '../terminal-session.ts';
import type { Theme } from '../theme.ts';
import { patchPane, type UiStore } from '../ui-store.ts';
import type { DialogPicture } from './picture.ts';
import {
  commandLine,
  emptyForm,
  FormError,
  requestFrom,
  TEXT_FIELDS,
  TOGGLES,
  type RunForm,
  type TextFieldId,
  type ToggleId,
} from './run-form.ts';

const text = messages.run;
const FIELD_COUNT = TEXT_FIELDS.length + TOGGLES.length;
const LABEL_WIDTH = 14;

export function openRunForm(context: UiContext, image: string): void {
  const { images } = context.store.getState();
  const only = images.length === 1 ? (images[0]?.RepoTags?.[0] ?? '') : '';
  context.store.setState({ dialog: { kind: 'run', form: emptyForm(image === '' ? only : image) } });
}

export function runKey(context: UiContext, form: RunForm, chord: string): void {
  const { store } = context;
  if (chord === 'enter') submit(context, form);
  else if (chord === 'tab' || chord === 'down') show(store, focusField(form, 1));
  else if (chord === 'S-tab' || chord === 'up') show(store, focusField(form, -1));
  else editField(store, form, chord);
}

function show(store: UiStore, form: RunForm): void {
  store.setState({ dialog: { kind: 'run', form } });
}

function focusField(form: RunForm, step: number): RunForm {
  const focused = (form.focused + step + FIELD_COUNT) % FIELD_COUNT;
  const field = TEXT_FIELDS[focused];
  return { ...form, focused, cursor: field === undefined ? 0 : form.texts[field].length };
}

function editField(store: UiStore, form: RunForm, chord: string): void {
  const field = TEXT_FIELDS[form.focused];
  if (field === undefined) {
    const toggle = TOGGLES[form.focused - TEXT_FIELDS.length];
    if (toggle === undefined || chord !== ' ') return;
    show(store, { ...form, toggles: { ...form.toggles, [toggle]: !form.toggles[toggle] }, error: '' });
    return;
  }
  const edited = editText({ value: form.texts[field], cursor: form.cursor }, chord);
  if (edited === undefined) return;
  show(store, { ...form, texts: { ...form.texts, [field]: edited.value }, cursor: edited.cursor, error: '' });
}

function submit(context: UiContext, form: RunForm): void {
  try {
    const request = requestFrom(form);
    context.store.setState({ dialog: undefined });
    void runContainer(context, form, request);
  } catch (error) {
    if (!(error instanceof FormError)) throw error;
    show(context.store, { ...form, error: error.message });
  }
}

async function runContainer(
  context: UiContext,
  form: RunForm,
  request: ReturnType<typeof requestFrom>,
): Promise<void> {
  const { client, store, terminal } = context;
  try {
    const container = await client.createContainer(request);
    patchPane(store, 'containers', { selectedKey: container.id });
    store.setState({ focus: 'containers', place: 'list' });
    await container.start();
    if (form.toggles.detach) {
      notify(store, 'good', messages.done.started(request.name ?? container.id.slice(0, 12)));
      return;
    }
    await terminal.suspend(() => openAttach(container, terminal, true));
  } catch (error) {
    // The container stays as it was made, so that its log and its settings can be read.
    notify(store, 'bad', errorMessage(error));
  }
}

const LABELS: Readonly<Record<TextFieldId | ToggleId, string>> = {
  image: text.image,
  name: text.name,
  command: text.command,
  ports: text.ports,
  volumes: text.volumes,
  env: text.env,
  network: text.network,
  tty: text.tty,
  detach: text.detach,
  autoRemove: text.autoRemove,
};

export function runPicture(form: RunForm, width: number, theme: Theme): DialogPicture {
  const rows: Row[] = [
    { line: line('') },
    ...TEXT_FIELDS.map((field, index) => textRow(form, { field, index, width, theme })),
    { line: line('') },
    ...TOGGLES.map((toggle, index) => toggleRow(form, toggle, form.focused === TEXT_FIELDS.length + index)),
    { line: line('') },
    { line: form.error === '' ? line(` ${text.same}`, 'muted') : line(` ${form.error}`, 'bad') },
    ...wrapWords(commandLine(form), width - 5).map((part): Row => ({
      line: [{ text: '   ' }, ...part.map((span) => ({ ...span, tone: 'accent' as const }))],
    })),
  ];
  return { title: text.title, width: 78, foot: text.keys, rows };
}

function textRow(
  form: RunForm,
  { field, index, width, theme }: { field: TextFieldId; index: number; width: number; theme: Theme },
): Row {
  const focused = form.focused === index;
  const hints: Partial<Record<TextFieldId, string>> = text.hint;
  const value = textFieldSpans(
    {
      value: form.texts[field],
      cursor: focused ? form.cursor : undefined,
      width: width - LABEL_WIDTH - 4,
      placeholder: hints[field] ?? '',
    },
    theme,
  );
  return { line: [label(LABELS[field], focused), ...value] };
}

function toggleRow(form: RunForm, toggle: ToggleId, focused: boolean): Row {
  const mark: Span = form.toggles[toggle] ? { text: '[x] ', tone: 'good' } : { text: '[ ] ', tone: 'muted' };
  return {
    line: [
      { text: ' '.repeat(LABEL_WIDTH + 1) },
      mark,
      { text: LABELS[toggle], tone: focused ? 'button' : undefined },
    ],
  };
}

function label(content: string, focused: boolean): Span {
  return { text: ` ${content.padEnd(LABEL_WIDTH)}`, tone: focused ? 'accent' : 'muted' };
}
