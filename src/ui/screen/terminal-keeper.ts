// Gives the terminal back where the dashboard can't: after SIGKILL, or the kernel's when memory is short. A shell waits for
// the end of a pipe, which comes however the dashboard ends, and knows by then what screen it had. It costs a process of
// some hundred kilobytes while a dashboard is open, and has a session of its own, so that what ends the dashboard's
// whole group leaves it alone.
import type { Writable } from 'node:stream';
import type { TerminalOutput } from '../terminal-session.ts';
import { RESET_MODES } from './terminal-reset.ts';

export interface TerminalKeeper extends Disposable {
  /** What the terminal shows from now on. */
  screen(which: 'alternate' | 'main'): void;
}

/** Raw terminals send no signals: -isig. A shell's line editor, which may be back already, leaves them on. */
const SCRIPT = `trap '' HUP INT QUIT TERM TTIN TTOU
exec 3<&1
while read -r next; do screen=$next; done
[ "$screen" = alternate ] && printf '\\033[?2026l\\033[?2004l\\033[?1049l\\033[?25h'
case $(stty -a <&3) in *-isig*) printf '%s' '${RESET_MODES}'; stty sane <&3 ;; esac`;

/** When the first frame has been painted. */
const LATER_MS = 150;

/** Nothing where the dashboard is on a terminal of another kind, as in tests. */
export function keepTerminal(stdout: TerminalOutput): TerminalKeeper {
  let keeper: Writable | undefined;
  let current = 'main';
  let ended = false;
  const tell = (): void => void keeper?.write(`${current}\n`);
  const begin = async (): Promise<void> => {
    keeper = await start();
    tell();
    if (ended) keeper.end();
  };
  const timer = setTimeout(() => {
    // What cannot be started leaves the terminal as it was without this.
    if (stdout === process.stdout) begin().catch(() => undefined);
  }, LATER_MS).unref();
  return {
    screen: (which) => {
      current = which;
      tell();
    },
    [Symbol.dispose]: () => {
      clearTimeout(timer);
      ended = true;
      keeper?.end();
    },
  };
}

/** @returns what it reads. Without a shell there is nobody to keep the terminal. */
async function start(): Promise<Writable> {
  const { execa } = await import('execa');
  const keeper = execa('/bin/sh', ['-c', SCRIPT], {
    stdin: 'pipe',
    stdout: 'inherit',
    stderr: 'ignore',
    cwd: '/',
    detached: true,
    cleanup: false,
    reject: false,
  });
  keeper.stdin.on('error', () => undefined);
  return keeper.stdin;
}
