// Turns while something is under way, and only then.
import type { UiState, UiStore } from '../ui-store.ts';

const INTERVAL_MS = 250;

export function turnSpinner(store: UiStore): Disposable {
  let timer: NodeJS.Timeout | undefined;
  const look = (state: UiState): void => {
    const turning = state.busy.size > 0 || state.jobs.length > 0;
    if (turning && timer === undefined) {
      timer = setInterval(
        () => store.setState(({ spinnerFrame }) => ({ spinnerFrame: spinnerFrame + 1 })),
        INTERVAL_MS,
      );
    } else if (!turning && timer !== undefined) {
      clearInterval(timer);
      timer = undefined;
    }
  };
  const unsubscribe = store.subscribe(look);
  return {
    [Symbol.dispose]: () => {
      unsubscribe();
      clearInterval(timer);
    },
  };
}
