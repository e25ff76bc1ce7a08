import { defineCommand, oneOrMore } from '../command.ts';
import { forEachName } from '../each-name.ts';

export const wait = defineCommand({
  summary: 'Block until one or more containers stop, then print their exit codes',
  usage: 'CONTAINER [CONTAINER...]',
  arguments: oneOrMore,
  completes: 'running',
  options: {},
  async run(context, { args }) {
    const client = await context.engine();
    return await forEachName(context, args, async (name) => {
      const { StatusCode } = await client.getContainer(name).wait();
      return String(StatusCode);
    });
  },
});
