import type { ContainerHandle } from '../../engine/api/engine-client.ts';
import type { CommandContext } from '../command.ts';
import { ExitError } from '../exit-error.ts';
import { printLine } from '../output.ts';

/** What a person or a supervisor sends to a program; stop and continue stay with us, as the shell's job control. */
const PROXIED = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2', 'SIGALRM'] as const;

export interface SignalProxy extends Disposable {
  /** Rejects when a person insists: three SIGINT or SIGTERM, and the container still runs. */
  readonly insisted: Promise<never>;
}

/** Sends our signals on to the container. */
export function proxySignals(context: CommandContext, container: ContainerHandle): SignalProxy {
  const cleanup = new DisposableStack();
  const { promise, reject } = Promise.withResolvers<never>();
  promise.catch(() => undefined); // whoever races for it sees it; after the session nobody does
  let terminations = 0;
  const forward = (signal: NodeJS.Signals): void => {
    terminations += signal === 'SIGINT' || signal === 'SIGTERM' ? 1 : 0;
    if (terminations >= 3) reject(new ExitError(1, '\ngot 3 SIGTERM/SIGINTs, forcefully exiting'));
    container.kill({ signal }).catch(async (error: unknown) => {
      // Not started yet or just ended: nothing to pass it to.
      if (context.env['GANTRY_DEBUG'] !== undefined)
        await printLine(context.stderr, `gantry: ${signal}: ${String(error)}`);
    });
  };
  for (const signal of PROXIED) {
    context.signals.on(signal, forward);
    cleanup.defer(() => context.signals.off(signal, forward));
  }
  return { insisted: promise, [Symbol.dispose]: () => cleanup.dispose() };
}
