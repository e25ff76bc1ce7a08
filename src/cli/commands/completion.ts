import { type Command, defineCommand, exactlyOne } from '../command.ts';
import type { CommandTable } from '../command-tree.ts';
import { collectSpecs } from '../completion/command-spec.ts';
import { bashScript, zshScript } from '../completion/scripts.ts';
import { ExitError } from '../exit-error.ts';
import { print } from '../output.ts';

const scripts = new Map([
  ['bash', bashScript],
  ['zsh', zshScript],
]);

/** @param commands all that there are, this one among them */
export function completionOf(commands: CommandTable): Command {
  return defineCommand({
    summary: 'Print the completion script of a shell',
    usage: 'bash|zsh',
    arguments: exactlyOne,
    completes: 'none',
    options: {},
    async run(context, { args: [shell = ''] }) {
      const script = scripts.get(shell);
      if (script === undefined)
        throw new ExitError(1, `gantry: no completion for "${shell}": choose bash or zsh`);
      await print(context.stdout, script(await collectSpecs(commands)));
      return 0;
    },
  });
}
