import { errorMessage } from '../engine/api/errors.ts';
import type { CommandContext } from './command.ts';
import { printLine } from './output.ts';

/** Does the same to every name in turn; one that fails is told and does not stop the others. Answers 0 or 1. */
export async function forEachName(
  context: CommandContext,
  names: readonly string[],
  action: (name: string) => Promise<string | undefined>,
): Promise<number> {
  let code = 0;
  for (const name of names) {
    try {
      const line = await action(name);
      if (line !== undefined) await printLine(context.stdout, line);
    } catch (error) {
      code = 1;
      await printLine(context.stderr, `gantry: ${errorMessage(error)}`);
    }
  }
  return code;
}
