// The root component: keys and size in, pictures out. Everything it shows is a function of the store.
import { Box, useApp, useInput, usePaste } from 'ink';
import { useEffect, useLayoutEffect, type ReactElement } from 'react';
import type { UiContext } from './keys/binding.ts';
import { chordsOf, pasteChord } from './keys/chord.ts';
import { pressKeys } from './keys/press.ts';
import type { Painter } from './screen/painter.ts';
import { pictureOf } from './screen/picture.ts';
import { useFrames } from './screen/use-frames.ts';
import { terminalSize } from './terminal-session.ts';

interface Props {
  readonly context: UiContext;
  readonly painter: Painter;
  /** Frames a second at most. */
  readonly maxFps: number;
  /** Hands out what only the mounted app has. */
  readonly onMount: (suspend: (work: () => Promise<void>) => Promise<void>) => void;
}

export function App({ context, painter, maxFps, onMount }: Props): ReactElement {
  const { store, theme } = context;
  const state = useFrames(store, maxFps);
  const { suspendTerminal } = useApp();
  useViewport(context, painter);
  useEffect(() => onMount(suspendTerminal), [onMount, suspendTerminal]);
  useInput((input, key) => pressKeys(context, chordsOf(input, key)));
  usePaste((text) => pressKeys(context, [pasteChord(text)]));
  useLayoutEffect(() => painter.paint(pictureOf(state, theme), state.viewport), [state, theme, painter]);
  return <Box />;
}

function useViewport({ store, terminal: { stdout } }: UiContext, painter: Painter): void {
  useEffect(() => {
    const follow = (): void => {
      // Terminals reflow or cut what is on the screen as they like.
      painter.invalidate();
      store.setState({ viewport: terminalSize(stdout) });
    };
    follow();
    stdout.on('resize', follow);
    return () => void stdout.off('resize', follow);
  }, [stdout, store, painter]);
}
