import { defineCommand, oneOrMore } from '../command.ts';
import { forEachName } from '../each-name.ts';

export const pause = defineCommand({
  summary: 'Pause all processes within one or more containers',
  usage: 'CONTAINER [CONTAINER...]',
  arguments: oneOrMore,
  completes: 'running',
  options: {},
  async run(context, { args }) {
    const client = await context.engine();
    return await forEachName(context, args, async (name) => {
      await client.getContainer(name).pause();
      return name;
    });
  },
});

export const unpause = defineCommand({
  summary: 'Unpause all processes within one or more containers',
  usage: 'CONTAINER [CONTAINER...]',
  arguments: oneOrMore,
  completes: 'running',
  options: {},
  async run(context, { args }) {
    const client = await context.engine();
    return await forEachName(context, args, async (name) => {
      await client.getContainer(name).unpause();
      return name;
    });
  },
});
