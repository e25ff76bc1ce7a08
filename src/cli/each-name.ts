import type { EngineClient } from '../engine/api/engine-client.ts';
import { errorMessage } from '../engine/api/errors.ts';
import {
  defineCommand,
  oneOrMore,
  type Command,
  type CommandContext,
  type CommandDefinition,
} from './command.ts';
import { printLine } from './output.ts';
import type { OptionTable, OptionValues } from './parse-options.ts';

interface EachDefinition<T extends OptionTable> extends Omit<CommandDefinition<T>, 'arguments' | 'run'> {
  /** What it does to one of the names; answers the line to print. */
  readonly each: (client: EngineClient, name: string, values: OptionValues<T>) => Promise<string | undefined>;
}

/** A command whose arguments are names, and that does the same to each. */
export function commandOnEach<T extends OptionTable>({ each, ...definition }: EachDefinition<T>): Command {
  return defineCommand({
    ...definition,
    arguments: oneOrMore,
    async run(context, { values, args }) {
      const client = await context.engine();
      return await forEachName(context, args, (name) => each(client, name, values));
    },
  });
}

/** Does the same to every name in turn; one that fails is told and does not stop the others. Answers 0 or 1. */
export async function forEachName<T = string>(
  context: CommandContext,
  names: readonly T[],
  action: (name: T) => Promise<string | undefined>,
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
