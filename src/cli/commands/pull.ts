import { withDefaultTag } from '../create-container.ts';
import { defineCommand, exactlyOne } from '../command.ts';
import { printLine } from '../output.ts';
import { showProgress } from '../progress/progress.ts';

export const pull = defineCommand({
  summary: 'Download an image from a registry',
  usage: '[OPTIONS] NAME[:TAG|@DIGEST]',
  arguments: exactlyOne,
  completes: 'image',
  options: {
    platform: { kind: 'text', help: 'Set platform if the image has several' },
    quiet: { kind: 'flag', short: 'q', help: 'Suppress verbose output' },
  },
  async run(context, { values, args: [name = ''] }) {
    const reference = withDefaultTag(name);
    if (reference !== name && !values.quiet) await printLine(context.stdout, 'Using default tag: latest');
    const client = await context.engine();
    const options = values.platform === undefined ? {} : { platform: values.platform };
    const stream = await client.pull(reference, options);
    await showProgress(stream, context.stdout, { quiet: values.quiet });
    await printLine(context.stdout, withRegistry(reference));
    return 0;
  },
});

/** The full name that Docker prints last: `alpine:3` → `docker.io/library/alpine:3`. */
function withRegistry(reference: string): string {
  const [first = '', ...rest] = reference.split('/');
  if (rest.length === 0) return `docker.io/library/${reference}`;
  const isHost = first.includes('.') || first.includes(':') || first === 'localhost';
  return isHost ? reference : `docker.io/${reference}`;
}
