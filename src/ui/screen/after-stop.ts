// A stopped process (SIGSTOP, SIGTSTP) loses its terminal: the shell takes it back to its own modes, writes its prompt over
// the screen and leaves ours to us when it says `fg`.
import type { TerminalInput } from '../terminal-session.ts';

/** Takes raw mode back after a stop, then calls `back`. From the background the kernel stops us again: SIGTTOU. */
export function takeBackAfterStop(stdin: TerminalInput, back: () => void): Disposable {
  const onContinue = (): void => {
    if (!stdin.isRaw) return;
    // Node believes that it is raw still, and would do nothing.
    stdin.setRawMode(false);
    stdin.setRawMode(true);
    back();
  };
  process.on('SIGCONT', onContinue);
  return { [Symbol.dispose]: () => void process.off('SIGCONT', onContinue) };
}

/** Alternate screen (without saving the cursor once more) and marked pastes, which shells switch off for what they run. */
export const OWN_MODES = '\u{1B}[?1047h\u{1B}[?2004h';
