// The root: size and keys in, the layout's parts out. Everything it shows is a function of the store.
import { Box, Text, useApp, useInput } from 'ink';
import { useEffect, type ReactElement } from 'react';
import { useStore } from 'zustand';
import { DetailBox } from './components/DetailBox.tsx';
import { Footer } from './components/Footer.tsx';
import { Header } from './components/Header.tsx';
import { Overlay } from './components/Overlay.tsx';
import { PaneBox } from './components/PaneBox.tsx';
import type { UiContext } from './keys/binding.ts';
import { chordsOf } from './keys/chord.ts';
import { pressKey } from './keys/dispatch.ts';
import { layoutFor, MIN_COLUMNS, MIN_ROWS } from './layout.ts';
import { messages } from './messages/en.ts';
import { panes } from './panes/index.ts';

interface Props {
  readonly context: UiContext;
  /** Hands out what only the mounted app has. */
  readonly onMount: (suspend: (work: () => Promise<void>) => Promise<void>) => void;
}

export function App({ context, onMount }: Props): ReactElement {
  const { store, theme } = context;
  const state = useStore(store);
  const { suspendTerminal } = useApp();
  useViewport(context);
  useEffect(() => onMount(suspendTerminal), [onMount, suspendTerminal]);
  useInput((input, key) => {
    for (const chord of chordsOf(input, key)) pressKey(context, chord);
  });

  const { columns, rows } = state.viewport;
  const layout = layoutFor(state);
  if (layout.kind === 'too-small') {
    return (
      <Box flexDirection="column" width={columns} height={rows} overflow="hidden">
        <Text wrap="truncate">{messages.tooSmall(MIN_COLUMNS, MIN_ROWS)}</Text>
        <Text wrap="truncate">{messages.tooSmallHint}</Text>
      </Box>
    );
  }
  return (
    <Box width={columns} height={rows} overflow="hidden">
      {layout.header && <Header state={state} theme={theme} />}
      {layout.panes.map(({ id, rect }) => (
        <PaneBox key={id} state={state} theme={theme} rect={rect} pane={panes[id]} />
      ))}
      {layout.detail !== undefined && <DetailBox state={state} theme={theme} rect={layout.detail} />}
      <Footer state={state} theme={theme} jobs={layout.jobs} />
      <Overlay state={state} theme={theme} />
    </Box>
  );
}

function useViewport({ store, terminal: { stdout } }: UiContext): void {
  useEffect(() => {
    const follow = (): void => store.setState({ viewport: { columns: stdout.columns, rows: stdout.rows } });
    follow();
    stdout.on('resize', follow);
    return () => void stdout.off('resize', follow);
  }, [stdout, store]);
}
