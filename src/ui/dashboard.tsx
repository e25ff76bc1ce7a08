// The door of the dashboard: an engine client in, an exit code out. It owns the terminal from the first byte to the last
// and gives it back however it ends (after SIGKILL, terminal-keeper.ts does). It never talks to the kernel or to files.
import { inspect } from 'node:util';
import { render } from 'ink';
import type { EngineClient } from '../engine/api/engine-client.ts';
import { App } from './App.tsx';
import { startEngineSync } from './engine-sync.ts';
import type { UiContext } from './keys/binding.ts';
import { messages } from './messages/en.ts';
import { OWN_MODES, takeBackAfterStop } from './screen/after-stop.ts';
import { ModeOutput } from './screen/mode-output.ts';
import { createPainter, type Painter } from './screen/painter.ts';
import { keepTerminal } from './screen/terminal-keeper.ts';
import { terminalSize, type TerminalInput, type TerminalOutput } from './terminal-session.ts';
import { themeFrom } from './theme.ts';
import { createUiStore, type UiStore } from './ui-store.ts';

export interface DashboardOptions {
  readonly stdin?: TerminalInput;
  readonly stdout?: TerminalOutput;
  readonly stderr?: NodeJS.WriteStream;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Frames a second at most; for measuring. */
  readonly maxFps?: number;
}

/**
 * Opens the dashboard on the terminal and resolves with the exit code when the person quits: 0, or 1 after a fault of
 * our own, which is printed once the screen is restored. Without a terminal it rejects.
 */
export async function runDashboard(client: EngineClient, options: DashboardOptions = {}): Promise<number> {
  const streams = streamsFrom(options);
  const { stdin, stdout } = streams;
  if (!stdin.isTTY || !stdout.isTTY) throw new Error(messages.needsTerminal);
  const store = createUiStore(terminalSize(stdout));
  const painter = createPainter((text) => void stdout.write(text));
  const app: { suspend?: Suspend; unmount?: () => void } = {};
  const faults: unknown[] = [];
  const context: UiContext = {
    store,
    client,
    theme: themeFrom(options.env ?? process.env),
    terminal: { stdin, stdout, suspend: (work) => handOver(work, app.suspend, { painter, store }) },
    quit: () => app.unmount?.(),
  };

  using undo = new DisposableStack();
  undo.use(startEngineSync(client, store));
  undo.use(
    catchFaults((fault) => {
      faults.push(fault);
      app.unmount?.();
    }),
  );
  const keeper = undo.use(keepTerminal(stdout));
  const screen = { isOurs: false };
  const modes = undo.adopt(
    new ModeOutput(stdout, (which) => {
      screen.isOurs = which === 'alternate';
      keeper.screen(which);
    }),
    (output) => void output.destroy(),
  );
  undo.use(
    takeBackAfterStop(stdin, () => {
      if (screen.isOurs) paintAnew(stdout, { painter, store });
    }),
  );
  const instance = render(
    <App
      context={context}
      painter={painter}
      maxFps={options.maxFps ?? MAX_FPS}
      onMount={(suspend) => void (app.suspend = suspend)}
    />,
    // The library asks for a tty's stream and uses what every writable stream has.
    { stdin, stdout: modes, stderr: modes, ...RENDERING },
  );
  app.unmount = () => instance.unmount();
  try {
    await instance.waitUntilExit();
  } catch (fault) {
    faults.push(fault);
  }
  if (faults.length === 0) return 0;
  streams.stderr.write(`${messages.crashed}\n${faults.map((fault) => inspect(fault)).join('\n')}\n`);
  return 1;
}

function paintAnew(stdout: TerminalOutput, { painter, store }: Painted): void {
  stdout.write(OWN_MODES);
  painter.invalidate();
  // The same state in a new object: the app paints it.
  store.setState({});
}

interface Painted {
  readonly painter: Painter;
  readonly store: UiStore;
}

type Suspend = (work: () => Promise<void>) => Promise<void>;

/** While the terminal is elsewhere nothing is painted; then everything is. */
async function handOver(
  work: () => Promise<void>,
  suspend: Suspend | undefined,
  { painter, store }: Painted,
): Promise<void> {
  if (suspend === undefined) return;
  painter.pause();
  try {
    await suspend(work);
  } finally {
    painter.resume();
    store.setState({});
  }
}

const RENDERING = {
  interactive: true,
  alternateScreen: true,
  exitOnCtrlC: false,
  // Nothing of ours writes to the console, and printing above a full screen would scroll it.
  patchConsole: false,
} as const;

/** Keys are answered within one frame; data asks for four a second at most. */
const MAX_FPS = 60;

function streamsFrom(
  options: DashboardOptions,
): Required<Pick<DashboardOptions, 'stdin' | 'stdout' | 'stderr'>> {
  const { stdin = process.stdin, stdout = process.stdout, stderr = process.stderr } = options;
  return { stdin, stdout, stderr };
}

// Node would print over the alternate screen and leave it open.
function catchFaults(fail: (error: unknown) => void): Disposable {
  process.on('uncaughtException', fail);
  process.on('unhandledRejection', fail);
  return {
    [Symbol.dispose]: () => {
      process.off('uncaughtException', fail);
      process.off('unhandledRejection', fail);
    },
  };
}
