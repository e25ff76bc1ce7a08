import { defineCommand, oneOrMore } from '../command.ts';
import { createContainer } from '../create-container.ts';
import { containerOptions, refusedOptions, refuseUnsupported } from '../flags/container-options.ts';
import { attachedStreams, createRequestFrom } from '../flags/container-request.ts';
import { printLine } from '../output.ts';
import { creationError } from '../start-error.ts';

export const create = defineCommand({
  summary: 'Create a new container',
  usage: '[OPTIONS] IMAGE [COMMAND] [ARG...]',
  arguments: oneOrMore,
  completes: 'image',
  interspersed: false,
  options: { ...containerOptions, ...refusedOptions },
  async run(context, { values, args }) {
    try {
      refuseUnsupported(values);
      const [image = '', ...command] = args;
      const source = { values, image, command, env: context.env };
      const request = createRequestFrom(source, attachedStreams(values, false));
      const container = await createContainer(context, request, values);
      await printLine(context.stdout, container.id);
      return 0;
    } catch (error) {
      throw creationError('create', error);
    }
  },
});
