// Doing an action: refused with its reason, asked about first where it says so, else run.
import { errorMessage } from '../../engine/api/errors.ts';
import { notify } from '../actions.ts';
import { openChoices } from '../dialogs/choice.ts';
import { messages } from '../messages/en.ts';

import type { UiState } from '../ui-store.ts';
import type { Action, UiContext } from './binding.ts';

export function perform(action: Action, context: UiContext): void {
  const { disabledReason } = action;
  if (disabledReason !== undefined) {
    notify(context.store, 'warn', messages.refused(action.label, disabledReason));
    return;
  }
  const question = action.confirm;
  if (question === undefined && action.onRow && hasSlipped(context.store.getState())) {
    notify(context.store, 'warn', messages.refused(action.label, messages.why.slipped));
    return;
  }
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

/** Whoever pressed a key that soon meant the row that has gone. A question names what it is about. */
function hasSlipped({ panes, focus }: UiState): boolean {
  return performance.now() - (panes[focus].slippedAt ?? -Infinity) < REACTION_MS;
}

const REACTION_MS = 600;

async function run(action: Action, context: UiContext, choice: string): Promise<void> {
  try {
    await action.run(context, choice);
  } catch (error) {
    notify(context.store, 'bad', errorMessage(error));
  }
}
