// What dead processes left behind is cleared away once, some time after the first lists were painted.
import type { EngineClient } from '../../engine/api/engine-client.ts';
import { errorMessage } from '../../engine/api/errors.ts';
import { notify } from '../actions.ts';
import { messages } from '../messages/en.ts';
import { PANE_IDS, type UiStore } from '../ui-store.ts';
import type { Lists } from './lists.ts';

/** The first seconds belong to whoever looks and presses keys. */
const PAUSE_MS = 1000;

export function mendOnce(client: EngineClient, store: UiStore, lists: Lists): Disposable {
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;

  const mend = async (): Promise<void> => {
    try {
      const mended = (await client.gantry?.mend()) ?? [];
      if (stopped || mended.length === 0) return;
      lists.refresh(PANE_IDS);
      notify(store, 'good', messages.mended(mended));
    } catch (error) {
      if (!stopped) notify(store, 'bad', errorMessage(error));
    }
  };
  const unsubscribe = store.subscribe(({ loaded }) => {
    if (!loaded || timer !== undefined) return;
    timer = setTimeout(() => void mend(), PAUSE_MS);
  });
  return {
    [Symbol.dispose]: () => {
      stopped = true;
      unsubscribe();
      clearTimeout(timer);
    },
  };
}
