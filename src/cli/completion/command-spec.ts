// What a shell needs to know of all commands, taken from the table, so that completion cannot fall behind it.
import type { Completion } from '../command.ts';
import { isGroup, type CommandTable } from '../command-tree.ts';
import { globalOptions } from '../global-options.ts';
import { takesNextWord, type OptionTable } from '../parse-options.ts';

export interface CommandSpec {
  /** `container ls`; empty for gantry itself. */
  readonly path: string;
  readonly subcommands: readonly string[];
  /** `--all`, `-a` … */
  readonly flags: readonly string[];
  /** Those of the flags that take the next word. */
  readonly valueFlags: readonly string[];
  readonly completes: Completion;
}

export async function collectSpecs(commands: CommandTable): Promise<CommandSpec[]> {
  const root = specOf('', globalOptions, Object.keys(commands));
  return [root, ...(await specsIn(commands, ''))];
}

async function specsIn(table: CommandTable, prefix: string): Promise<CommandSpec[]> {
  const specs: CommandSpec[] = [];
  for (const [name, node] of Object.entries(table)) {
    const path = `${prefix}${name}`;
    if (isGroup(node)) {
      specs.push(specOf(path, {}, Object.keys(node.commands)), ...(await specsIn(node.commands, `${path} `)));
      continue;
    }
    const command = await node.load();
    for (const alias of [name, ...(node.aliases ?? [])]) {
      specs.push({ ...specOf(`${prefix}${alias}`, command.options, []), completes: command.completes });
    }
  }
  return specs;
}

function specOf(path: string, options: OptionTable, subcommands: readonly string[]): CommandSpec {
  const shown = Object.entries(options).filter(([, { hidden }]) => hidden !== true);
  const spellings = shown.map(([name, option]) => ({
    takesValue: takesNextWord(option),
    words: option.short === undefined ? [`--${name}`] : [`--${name}`, `-${option.short}`],
  }));
  return {
    path,
    subcommands,
    flags: ['--help', ...spellings.flatMap(({ words }) => words)],
    valueFlags: spellings.filter(({ takesValue }) => takesValue).flatMap(({ words }) => words),
    completes: 'none',
  };
}
