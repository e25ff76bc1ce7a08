// No event tells that the state which is shown was moved away or replaced: it is asked for now and then.
import type { EngineClient } from '../../engine/api/engine-client.ts';
import { errorMessage } from '../../engine/api/errors.ts';
import { notify } from '../actions.ts';
import type { UiStore } from '../ui-store.ts';

const INTERVAL_MS = 3000;

/** The sentence stands there as long as it is true. */
export function watchState(client: EngineClient, store: UiStore): Disposable {
  const ask = async (): Promise<void> => {
    try {
      await client.ping();
    } catch (error) {
      const text = errorMessage(error);
      if (!store.getState().toasts.some((toast) => toast.text === text)) notify(store, 'bad', text);
    }
  };
  const timer = setInterval(() => void ask(), INTERVAL_MS);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
