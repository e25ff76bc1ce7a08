// The run form's keys, picture and what Enter does.
import type { ContainerHandle } from '../../engine/api/engine-client.ts';
import { errorMessage } from '../../engine/api/errors.ts';
import { notify } from '../actions.ts';
import { wrapWords, type Row, type Span } from '../components/line.ts';
import type { UiContext } from '../keys/binding.ts';
import { editText } from '../keys/text-edit.ts';
import { messages } from '../messages/en.ts';
import { openAttach } from '../terminal-session.ts';
import type { Theme } from '../theme.ts';
import { patchPane, type UiStore } from '../ui-store.ts';
import { fieldRow, fieldStep, formRows, noteRows } from './form-rows.ts';
import type { DialogPicture, PictureRoom } from './picture.ts';
import {
  commandLine,
  emptyForm,
  FormError,
  fieldsOf,
  requestFrom,
  type Field,
  type RunForm,
  type TextFieldId,
  type ToggleId,
} from './run-form.ts';

const text = messages.run;
const LABEL_WIDTH = 14;

export function openRunForm(context: UiContext, image: string): void {
  const { images } = context.store.getState();
  const only = images.length === 1 ? (images[0]?.RepoTags?.[0] ?? '') : '';
  context.store.setState({ dialog: { kind: 'run', form: emptyForm(image === '' ? only : image) } });
}

export function runKey(context: UiContext, form: RunForm, chord: string): void {
  const { store } = context;
  const step = fieldStep(chord);
  if (chord === 'enter') submit(context, form);
  else if (step !== undefined) show(store, focusField(form, step));
  else editField(store, form, chord);
}

function show(store: UiStore, form: RunForm): void {
  store.setState({ dialog: { kind: 'run', form } });
}

function focusField(form: RunForm, step: number): RunForm {
  const fields = fieldsOf(form);
  const focused = (form.focused + step + fields.length) % fields.length;
  const field = fields[focused];
  return { ...form, focused, cursor: field?.kind === 'text' ? form.texts[field.id].length : 0 };
}

function editField(store: UiStore, form: RunForm, chord: string): void {
  const field = fieldsOf(form)[form.focused];
  if (field === undefined) return;
  if (field.kind === 'toggle') {
    if (chord !== ' ') return;
    const toggles = { ...form.toggles, [field.id]: !form.toggles[field.id] };
    show(store, { ...form, toggles, error: '' });
    return;
  }
  const edited = editText({ value: form.texts[field.id], cursor: form.cursor }, chord);
  if (edited === undefined) return;
  const texts = { ...form.texts, [field.id]: edited.value };
  show(store, { ...form, texts, cursor: edited.cursor, error: '' });
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
  const { store, terminal } = context;
  const container = await createOrAskAgain(context, form, request);
  if (container === undefined) return;
  try {
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

/** What was typed is not lost where it is refused. */
async function createOrAskAgain(
  { client, store }: UiContext,
  form: RunForm,
  request: ReturnType<typeof requestFrom>,
): Promise<ContainerHandle | undefined> {
  try {
    return await client.createContainer(request);
  } catch (error) {
    const message = errorMessage(error);
    if (store.getState().dialog === undefined) show(store, { ...form, error: message });
    else notify(store, 'bad', message);
    return undefined;
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
  isolation: text.isolation,
  user: text.user,
  capabilities: text.capabilities,
  devices: text.devices,
  readOnly: text.readOnly,
  privileged: text.privileged,
};

export function runPicture(form: RunForm, { width, height, theme }: PictureRoom): DialogPicture {
  const fields = fieldsOf(form);
  const toggles = fields.findIndex(({ kind }) => kind === 'toggle');
  const rows = fields.map((field, index) => rowOf(form, field, { index, width, theme }));
  const place = { focused: form.focused, height, gaps: [0, toggles] };
  return { title: text.title, width: 78, foot: text.keys, ...formRows(rows, footRows(form, width), place) };
}

function footRows(form: RunForm, width: number): Row[] {
  return [
    ...noteRows({ error: form.error, hint: text.same }, width),
    ...wrapWords(commandLine(form), width - 5).map((part): Row => ({
      line: [{ text: '   ' }, ...part.map((span) => ({ ...span, tone: 'accent' as const }))],
    })),
  ];
}

interface FieldPlace {
  readonly index: number;
  readonly width: number;
  readonly theme: Theme;
}

function rowOf(form: RunForm, field: Field, place: FieldPlace): Row {
  const { id } = field;
  if (field.kind === 'text') return textRow(form, { field: field.id, ...place });
  return id === 'isolation'
    ? foldRow(form, form.focused === place.index)
    : toggleRow(form, field.id, form.focused === place.index);
}

function textRow(
  form: RunForm,
  { field, index, width, theme }: { field: TextFieldId; index: number; width: number; theme: Theme },
): Row {
  const focused = form.focused === index;
  const hints: Partial<Record<TextFieldId, string>> = text.hint;
  return fieldRow(
    {
      label: LABELS[field],
      labelWidth: LABEL_WIDTH,
      tone: focused ? 'accent' : 'muted',
      value: form.texts[field],
      cursor: focused ? form.cursor : undefined,
      placeholder: hints[field] ?? '',
    },
    width,
    theme,
  );
}

function foldRow(form: RunForm, focused: boolean): Row {
  return {
    line: [
      { text: ' '.repeat(LABEL_WIDTH + 1) },
      { text: form.toggles.isolation ? '[-] ' : '[+] ', tone: 'muted' },
      { text: text.isolation, tone: focused ? 'button' : undefined },
    ],
  };
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
