// Doing an action: refused with its reason, asked about first where it says so, else run.
import { errorMessage } from '../../engine/api/errors.ts';
import { notify } from '../actions.ts';
import { openChoices } from '../dialogs/choice.ts';
import { messages } from '../messages/en.ts';
import type { Action, UiContext } from './binding.ts';

export function perform(action: Action, context: UiContext): void {
  const { disabledReason } = action;
  if (disabledReason !== undefined) {
    notify(context.store, 'warn', messages.refused(action.label, disabledReason));
    return;
  }
  const question = action.confirm;
  if (question === undefined) {
    void run(action, context, '');
    return;
  }
  openChoices(context.store, {
    title: question.title,
    body: question.body,
    choices: question.choices.map((choice) => ({
      key: choice.key,
      label: choice.label,
      danger: choice.danger ?? false,
      run: () => void run(action, context, choice.value),
    })),
  });
}

async function run(action: Action, context: UiContext, choice: string): Promise<void> {
  try {
    await action.run(context, choice);
  } catch (error) {
    notify(context.store, 'bad', errorMessage(error));
  }
}
