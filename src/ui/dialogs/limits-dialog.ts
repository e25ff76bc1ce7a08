// The limits form's keys, picture and what Enter does.
import type { ContainerSummary } from '../../engine/api/container-types.ts';
import { errorMessage } from '../../engine/api/errors.ts';
import { notify, runOnRow } from '../actions.ts';
import type { Row } from '../components/line.ts';
import type { UiContext } from '../keys/binding.ts';
import { editText } from '../keys/text-edit.ts';
import { messages } from '../messages/en.ts';
import { containerName } from '../panes/container-facts.ts';
import type { Theme } from '../theme.ts';
import type { UiStore } from '../ui-store.ts';
import { fieldRow, fieldStep, formRows, noteRows } from './form-rows.ts';
import { LIMIT_FIELDS, limitsForm, updateFrom, type LimitFieldId, type LimitsForm } from './limits-form.ts';
import type { DialogPicture, PictureRoom } from './picture.ts';
import { FormError } from './run-form.ts';

const text = messages.limits;
const LABEL_WIDTH = 16;

/** Asks the engine first: the list does not carry limits. */
export async function openLimitsForm(container: ContainerSummary, context: UiContext): Promise<void> {
  const { client, store } = context;
  try {
    const { HostConfig } = await client.getContainer(container.Id).inspect();
    const subject = { id: container.Id, name: containerName(container) };
    show(store, limitsForm(subject, HostConfig));
  } catch (error) {
    notify(store, 'bad', errorMessage(error));
  }
}

export function limitsKey(context: UiContext, form: LimitsForm, chord: string): void {
  const { store } = context;
  const step = fieldStep(chord);
  if (chord === 'enter') submit(context, form);
  else if (step !== undefined) show(store, focusField(form, step));
  else editField(store, form, chord);
}

function show(store: UiStore, form: LimitsForm): void {
  store.setState({ dialog: { kind: 'limits', form } });
}

function focusField(form: LimitsForm, step: number): LimitsForm {
  const focused = (form.focused + step + LIMIT_FIELDS.length) % LIMIT_FIELDS.length;
  const field = LIMIT_FIELDS[focused];
  return { ...form, focused, cursor: field === undefined ? 0 : form.texts[field].length };
}

function editField(store: UiStore, form: LimitsForm, chord: string): void {
  const field = LIMIT_FIELDS[form.focused];
  const edited =
    field === undefined ? undefined : editText({ value: form.texts[field], cursor: form.cursor }, chord);
  if (field === undefined || edited === undefined) return;
  const texts = { ...form.texts, [field]: edited.value };
  show(store, { ...form, texts, cursor: edited.cursor, error: '' });
}

function submit(context: UiContext, form: LimitsForm): void {
  const { store } = context;
  try {
    const request = updateFrom(form);
    store.setState({ dialog: undefined });
    if (request === undefined) return;
    void runOnRow(context, {
      key: form.containerId,
      doing: messages.busy.update,
      work: async (client) => {
        const { Warnings } = await client.getContainer(form.containerId).update(request);
        for (const warning of Warnings ?? []) notify(store, 'warn', warning);
      },
      done: messages.done.updated(form.name),
      failed: (message) => askAgain(store, form, message),
    });
  } catch (error) {
    if (!(error instanceof FormError)) throw error;
    show(store, { ...form, error: error.message });
  }
}

/** With what was typed and why it was refused: the kernel and the engine know more than this form. */
function askAgain(store: UiStore, form: LimitsForm, message: string): void {
  const error = message.replace(/^Cannot update container \w+: /, '');
  if (store.getState().dialog === undefined) show(store, { ...form, error });
  else notify(store, 'bad', message);
}

export function limitsPicture(form: LimitsForm, { width, height, theme }: PictureRoom): DialogPicture {
  const rows = LIMIT_FIELDS.map((field, index) => rowOf(form, field, { index, width, theme }));
  const foot = noteRows({ error: form.error, hint: text.emptyMeansNone }, width);
  const place = { focused: form.focused, height, gaps: [0] };
  return { title: text.title(form.name), width: 64, foot: text.keys, ...formRows(rows, foot, place) };
}

function rowOf(
  form: LimitsForm,
  field: LimitFieldId,
  { index, width, theme }: { readonly index: number; readonly width: number; readonly theme: Theme },
): Row {
  const focused = form.focused === index;
  const changed = form.texts[field].trim() !== form.former[field];
  return fieldRow(
    {
      label: text[field],
      labelWidth: LABEL_WIDTH,
      tone: focused ? 'accent' : changed ? 'strong' : 'muted',
      value: form.texts[field],
      cursor: focused ? form.cursor : undefined,
      placeholder: text.hint[field],
    },
    width,
    theme,
  );
}
