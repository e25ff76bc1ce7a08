// The dashboard in a terminal emulator (with the line discipline of a tty: a newline also returns): tests press keys and see the screen, not bytes.
import { EventEmitter } from 'node:events';
import { Writable } from 'node:stream';
import xterm from '@xterm/headless';
import { runDashboard, type DashboardOptions } from '../../src/ui/dashboard.tsx';
import type { TerminalInput, TerminalOutput } from '../../src/ui/terminal-session.ts';
import type { EngineClient } from '../../src/engine/api/engine-client.ts';
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
  readonly onFrame?: NonNullable<DashboardOptions['onFrame']>;
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
  const stdout = new FakeStdout(terminal, columns, rows);
  const ended = runDashboard(client, {
    stdin: stdin as unknown as TerminalInput,
    stdout: stdout as unknown as TerminalOutput,
    stderr: stdout as unknown as NodeJS.WriteStream,
    env,
    ...(options.onFrame === undefined ? {} : { onFrame: options.onFrame }),
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
      await stdout.written();
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  const press = async (...keys: string[]): Promise<void> => {
    for (const key of keys) {
      stdin.feed(SEQUENCES[key] ?? controlSequence(key));
      // An escape waits for what may follow it, as in every terminal program.
      if (key === 'esc') await new Promise((resolve) => setTimeout(resolve, 30));
    }
    await stdout.settled();
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
    bytes: () => stdout.bytes,
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

class FakeStdin extends EventEmitter {
  readonly isTTY = true;
  isRaw = false;
  #queue: string[] = [];

  setRawMode(raw: boolean): this {
    this.isRaw = raw;
    return this;
  }
  setEncoding(): this {
    return this;
  }
  ref(): this {
    return this;
  }
  unref(): this {
    return this;
  }
  resume(): this {
    return this;
  }
  pause(): this {
    return this;
  }
  read(): string | null {
    return this.#queue.shift() ?? null;
  }
  feed(text: string): void {
    this.#queue.push(text);
    this.emit('readable');
    if (this.listenerCount('data') > 0) this.emit('data', this.#queue.shift());
  }
}

class FakeStdout extends Writable {
  readonly isTTY = true;
  columns: number;
  rows: number;
  bytes = '';
  #pending = 0;
  readonly #terminal: xterm.Terminal;

  constructor(terminal: xterm.Terminal, columns: number, rows: number) {
    super({ decodeStrings: false });
    this.#terminal = terminal;
    this.columns = columns;
    this.rows = rows;
  }

  setSize(columns: number, rows: number): void {
    this.columns = columns;
    this.rows = rows;
    this.emit('resize');
  }

  override _write(chunk: string | Buffer, _encoding: string, done: () => void): void {
    const text = typeof chunk === 'string' ? chunk : chunk.toString('utf8');
    this.bytes += text;
    this.#pending++;
    this.#terminal.write(text, () => {
      this.#pending--;
    });
    done();
  }

  /** Everything written so far is on the screen. */
  async written(): Promise<void> {
    while (this.#pending > 0) await new Promise((resolve) => setTimeout(resolve, 1));
  }

  /** The frame that a key asked for has come. */
  async settled(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 40));
    await this.written();
  }
}
