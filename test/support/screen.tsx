// The dashboard in a terminal emulator (with the line discipline of a tty: a newline also returns): tests press keys and see the screen, not bytes.
import xterm from '@xterm/headless';
import { runDashboard } from '../../src/ui/dashboard.tsx';
import type { TerminalInput, TerminalOutput } from '../../src/ui/terminal-session.ts';
import type { EngineClient } from '../../src/engine/api/engine-client.ts';
import { FakeStdin, FakeStdout } from './fake-terminal.ts';
import { svgOf } from './svg.ts';

export interface Screen extends AsyncDisposable {
  /** Names as in the key table (`enter`, `ctrl-k`, `S-tab`) or characters. */
  press(...keys: string[]): Promise<void>;
  /** Types a text, one key a character. */
  type(text: string): Promise<void>;
  resize(columns: number, rows: number): void;
  line(row: number): string;
  text(): string;
  /** Resolves when the text is on the screen; fails with the screen after the time. */
  waitFor(
    wanted: string | RegExp,
    options?: { readonly gone?: boolean; readonly ms?: number },
  ): Promise<void>;
  /** Like waitFor, for anything. */
  waitUntil(reason: string, holds: () => boolean): Promise<void>;
  svg(): string;
  /** All bytes written so far. */
  readonly bytes: () => string;
  /** Resolves with the exit code. */
  readonly ended: Promise<number>;
  readonly stdin: FakeStdin;
  readonly terminal: xterm.Terminal;
}

export interface ScreenOptions {
  readonly columns?: number;
  readonly rows?: number;
  readonly env?: Readonly<Record<string, string>>;
}

const COLOURS = { TERM: 'xterm-256color', LANG: 'C.UTF-8' };

export async function openScreen(client: EngineClient, options: ScreenOptions = {}): Promise<Screen> {
  const { columns = 120, rows = 36, env = COLOURS } = options;
  const terminal = new xterm.Terminal({
    cols: columns,
    rows,
    allowProposedApi: true,
    scrollback: 0,
    convertEol: true,
  });
  const stdin = new FakeStdin();
  const output = { bytes: '', pending: 0 };
  const stdout = new FakeStdout({ columns, rows }, (text) => {
    output.bytes += text;
    output.pending++;
    terminal.write(text, () => void output.pending--);
  });
  /** Everything written so far is on the screen. */
  const written = async (): Promise<void> => {
    while (output.pending > 0) await new Promise((resolve) => setTimeout(resolve, 1));
  };
  const ended = runDashboard(client, {
    stdin: stdin as unknown as TerminalInput,
    stdout: stdout as unknown as TerminalOutput,
    stderr: stdout as unknown as NodeJS.WriteStream,
    env,
  });
  const life: { over: boolean; reason?: unknown } = { over: false };
  void ended.then(
    () => void (life.over = true),
    (reason: unknown) => void Object.assign(life, { over: true, reason }),
  );
  const line = (row: number): string => terminal.buffer.active.getLine(row)?.translateToString(true) ?? '';
  const text = (): string => Array.from({ length: terminal.rows }, (_, row) => line(row)).join('\n');

  const waitUntil = async (reason: string, holds: () => boolean, ms = 4000): Promise<void> => {
    const deadline = performance.now() + ms;
    while (!holds()) {
      if (life.over)
        throw new Error(`the dashboard ended while waiting for ${reason}`, { cause: life.reason });
      if (performance.now() > deadline) throw new Error(`waited for ${reason}; the screen was:\n${text()}`);
      await written();
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  const press = async (...keys: string[]): Promise<void> => {
    for (const key of keys) {
      stdin.feed(SEQUENCES[key] ?? controlSequence(key));
      // An escape waits for what may follow it, as in every terminal program.
      if (key === 'esc') await new Promise((resolve) => setTimeout(resolve, 30));
    }
    // The frame that the last key asked for is due by then; where the machine is busy, it is painted a turn later.
    await new Promise((resolve) => setTimeout(resolve, 40));
    for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    await written();
  };

  return {
    press,
    type: (typed) => press(...Array.from(typed)),
    resize(newColumns, newRows) {
      terminal.resize(newColumns, newRows);
      stdout.setSize(newColumns, newRows);
    },
    line,
    text,
    waitFor: (wanted, { gone = false, ms = 4000 } = {}) =>
      waitUntil(
        `${gone ? 'no ' : ''}${String(wanted)}`,
        () => gone !== (typeof wanted === 'string' ? text().includes(wanted) : wanted.test(text())),
        ms,
      ),
    waitUntil,
    svg: () => svgOf(terminal),
    bytes: () => output.bytes,
    ended,
    stdin,
    terminal,
    [Symbol.asyncDispose]: async () => {
      if (!life.over) stdin.feed('\u{1B}');
      while (!life.over) {
        await new Promise((resolve) => setTimeout(resolve, 25));
        if (!life.over) stdin.feed('q');
      }
      terminal.dispose();
    },
  };
}

const SEQUENCES: Readonly<Record<string, string>> = {
  enter: '\r',
  esc: '\u{1B}',
  tab: '\t',
  'S-tab': '\u{1B}[Z',
  up: '\u{1B}[A',
  down: '\u{1B}[B',
  right: '\u{1B}[C',
  left: '\u{1B}[D',
  pgup: '\u{1B}[5~',
  pgdn: '\u{1B}[6~',
  backspace: '\u{7F}',
};

function controlSequence(key: string): string {
  if (!key.startsWith('ctrl-')) return key;
  return String.fromCodePoint((key.codePointAt(5) ?? 0) - 96);
}
