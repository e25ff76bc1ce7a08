// Leaving the dashboard. What it has begun ends with it: a container whose stop is under way would get the signal and
// nobody to wait for its end.
import type { ContainerSummary } from '../../engine/api/container-types.ts';
import { notify } from '../actions.ts';
import { line } from '../components/line.ts';
import { openChoices } from '../dialogs/choice.ts';
import { messages } from '../messages/en.ts';
import { containerName } from '../panes/container-facts.ts';
import type { UiState } from '../ui-store.ts';
import type { UiContext } from './binding.ts';

/** Quits at once where nothing is under way, else asks. */
export function askQuit(context: UiContext): void {
  const { store } = context;
  const work = underWay(store.getState());
  if (work.length === 0) {
    context.quit();
    return;
  }
  openChoices(store, {
    title: messages.confirm.quitTitle,
    body: work.map((what) => line(what, 'warn')),
    choices: [
      { key: 'w', label: messages.confirm.quitLater, run: () => quitAfterwards(context) },
      { key: 'y', label: messages.confirm.quit, danger: true, run: () => context.quit() },
    ],
  });
}

function underWay({ jobs, busy, containers }: UiState): string[] {
  const actions = [...busy].map(([key, doing]) => `${doing} ${nameOf(key, containers)}`);
  return [...jobs.map(({ title }) => title), ...actions];
}

/** Rows of other panes have their names for keys, or a digest. */
function nameOf(key: string, containers: readonly ContainerSummary[]): string {
  const container = containers.find(({ Id }) => Id === key);
  return container === undefined ? key.slice(0, 40) : containerName(container);
}

/** Stays where something fails: the reason has to be read. */
function quitAfterwards(context: UiContext): void {
  const { store } = context;
  notify(store, 'good', messages.quitsLater);
  const known = new Set(store.getState().toasts.map(({ id }) => id));
  const stop = store.subscribe((state) => {
    if (underWay(state).length > 0) return;
    stop();
    if (!state.toasts.some(({ id, tone }) => tone === 'bad' && !known.has(id))) context.quit();
  });
}
