import type { CommandContext } from '../command.ts';

type RawTerminal = Pick<CommandContext, 'stdin' | 'signals'>;

/**
 * Sends keys as they are pressed, ctrl-c too, until disposed. A signal that would end us restores the terminal first;
 * Node restores it itself when the process exits.
 */
export function enterRawMode({ stdin, signals }: RawTerminal): Disposable {
  const cleanup = new DisposableStack();
  if (stdin.isTTY !== true || stdin.setRawMode === undefined) return cleanup;
  stdin.setRawMode(true);
  cleanup.defer(() => stdin.setRawMode?.(false));
  const leave = (signal: NodeJS.Signals): void => {
    cleanup.dispose(); // takes this handler off as well, so that the signal has its usual effect
    process.kill(process.pid, signal);
  };
  for (const signal of ['SIGTERM', 'SIGHUP', 'SIGQUIT'] as const) {
    signals.on(signal, leave);
    cleanup.defer(() => signals.off(signal, leave));
  }
  return cleanup;
}
