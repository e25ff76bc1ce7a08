import type { CommandContext } from '../command.ts';

interface Resizable {
  resize(size: { h: number; w: number }): Promise<unknown>;
}

/** The terminal's rows and columns as Docker's ConsoleSize; undefined where there is no terminal. */
export function consoleSize({ stdout }: Pick<CommandContext, 'stdout'>): [number, number] | undefined {
  const { rows, columns } = stdout;
  return stdout.isTTY === true && rows !== undefined && columns !== undefined ? [rows, columns] : undefined;
}

/** Gives the container's terminal our size, now and whenever ours changes. */
export function followWindowSize(context: CommandContext, target: Resizable): Disposable {
  const cleanup = new DisposableStack();
  const apply = (): void => {
    const size = consoleSize(context);
    if (size === undefined) return;
    // What has just ended has no size; the session tells of real trouble.
    target.resize({ h: size[0], w: size[1] }).catch(() => undefined);
  };
  apply();
  context.stdout.on('resize', apply);
  cleanup.defer(() => context.stdout.off('resize', apply));
  return cleanup;
}
