import { defineCommand, exactlyTwo } from '../command.ts';

export const rename = defineCommand({
  summary: 'Rename a container',
  usage: 'CONTAINER NEW_NAME',
  arguments: exactlyTwo,
  completes: 'container',
  options: {},
  async run(context, { args: [name = '', newName = ''] }) {
    const client = await context.engine();
    await client.getContainer(name).rename({ name: newName });
    return 0;
  },
});
