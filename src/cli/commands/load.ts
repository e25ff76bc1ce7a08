import { defineCommand, noArguments } from '../command.ts';
import { ExitError } from '../exit-error.ts';
import { showProgress } from '../progress/progress.ts';

export const load = defineCommand({
  summary: 'Load an image from a tar archive or STDIN',
  usage: '[OPTIONS]',
  arguments: noArguments,
  completes: 'file',
  options: {
    input: { kind: 'text', short: 'i', help: 'Read from tar archive file, instead of STDIN' },
    quiet: { kind: 'flag', short: 'q', help: 'Suppress the load output' },
  },
  async run(context, { values }) {
    if (values.input === undefined && context.stdin.isTTY === true) {
      throw new ExitError(1, 'requested load from stdin, but stdin is empty');
    }
    const client = await context.engine();
    const stream = await client.loadImage(values.input ?? context.stdin, { quiet: values.quiet });
    await showProgress(stream, context.stdout, { quiet: values.quiet });
    return 0;
  },
});
