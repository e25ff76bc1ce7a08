// What the terminal sends, before it is looked up: nobody acts on what could not be read.
import { layoutFor } from '../layout.ts';
import type { UiContext } from './binding.ts';
import { pressKey } from './dispatch.ts';
import { askQuit } from './quit.ts';

/** Keys that came together. None of them answers a question which one of them asked. */
export function pressKeys(context: UiContext, chords: readonly string[]): void {
  const { store } = context;
  for (const chord of chords) {
    const { dialog } = store.getState();
    if (layoutFor(store.getState()).kind === 'too-small') pressUnseen(context, chord);
    else pressKey(context, chord);
    if (dialog === undefined && store.getState().dialog?.kind === 'choice') return;
  }
}

/** The keys that a screen names which is too small for anything else. */
function pressUnseen(context: UiContext, chord: string): void {
  if (chord === 'q' || chord === 'ctrl-c') askQuit(context);
}
