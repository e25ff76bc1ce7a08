import { useEffect, useState } from 'react';
import type { UiState, UiStore } from '../ui-store.ts';

/**
 * The store's state, at most `fps` times a second: the first change is shown at once, those that come within the same
 * frame together at its end.
 */
export function useFrames(store: UiStore, fps: number): UiState {
  const [state, setState] = useState(() => store.getState());
  useEffect(() => {
    const interval = 1000 / fps;
    let timer: NodeJS.Timeout | undefined;
    let shownAt = 0;
    const show = (): void => {
      timer = undefined;
      shownAt = performance.now();
      setState(store.getState());
    };
    const changed = (): void => {
      if (timer !== undefined) return;
      const wait = shownAt + interval - performance.now();
      // One key may change the store several times.
      timer = setTimeout(show, Math.max(0, wait));
    };
    const unsubscribe = store.subscribe(changed);
    show();
    return () => {
      unsubscribe();
      clearTimeout(timer);
    };
  }, [store, fps]);
  return state;
}
