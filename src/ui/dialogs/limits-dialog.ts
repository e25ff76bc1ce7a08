// The limits form's keys, picture and what Enter does.
import type { ContainerSummary } from '../../engine/api/container-types.ts';
import { errorMessage } from '../../engine/api/errors.ts';
import { notify, runOnRow } from '../actions.ts';
import { line, type Row } from '../components/line.ts';
import { textFieldSpans } from '../components/text-field.ts';
import type { UiContext } from '../keys/binding.ts';
import { editText } from '../keys/text-edit.ts';
import { messages } from '../messages/en.ts';
import { containerName } from '../panes/container-facts.ts';
import type { Theme } from '../theme.ts';
import type { UiStore } from '../ui-store.ts';
import { LIMIT_FIELDS, limitsForm, updateFrom, type LimitFieldId, type LimitsForm } from './limits-form.ts';
import type { DialogPicture } from './picture.ts';
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
  if (chord === 'enter') submit(context, form);
  else if (chord === 'tab' || chord === 'down') show(store, focusField(form, 1));
  else if (chord === 'S-tab' || chord === 'up') show(store, focusField(form, -1));
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
    });
  } catch (error) {
    if (!(error instanceof FormError)) throw error;
    show(store, { ...form, error: error.message });
  }
}

export function limitsPicture(form: LimitsForm, width: number, theme: Theme): DialogPicture {
  const note = form.error === '' ? line(` ${text.emptyMeansNone}`, 'muted') : line(` ${form.error}`, 'bad');
  return {
    title: text.title(form.name),
    width: 64,
    foot: text.keys,
    rows: [
      { line: line('') },
      ...LIMIT_FIELDS.map((field, index) => fieldRow(form, { field, index, width, theme })),
      { line: line('') },
      { line: note },
    ],
  };
}

function fieldRow(
  form: LimitsForm,
  { field, index, width, theme }: { field: LimitFieldId; index: number; width: number; theme: Theme },
): Row {
  const focused = form.focused === index;
  const changed = form.texts[field].trim() !== form.former[field];
  const value = textFieldSpans(
    {
      value: form.texts[field],
      cursor: focused ? form.cursor : undefined,
      width: width - LABEL_WIDTH - 4,
      placeholder: text.hint[field],
    },
    theme,
  );
  const tone = focused ? 'accent' : changed ? 'strong' : 'muted';
  return { line: [{ text: ` ${text[field].padEnd(LABEL_WIDTH)}`, tone }, ...value] };
}
