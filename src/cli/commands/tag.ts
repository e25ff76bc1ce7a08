import { defineCommand, exactlyTwo } from '../command.ts';

export const tag = defineCommand({
  summary: 'Create a tag TARGET_IMAGE that refers to SOURCE_IMAGE',
  usage: 'SOURCE_IMAGE[:TAG] TARGET_IMAGE[:TAG]',
  arguments: exactlyTwo,
  completes: 'image',
  options: {},
  async run(context, { args: [source = '', target = ''] }) {
    const client = await context.engine();
    const colon = target.lastIndexOf(':');
    const name =
      colon > target.lastIndexOf('/')
        ? { repo: target.slice(0, colon), tag: target.slice(colon + 1) }
        : { repo: target };
    await client.getImage(source).tag(name);
    return 0;
  },
});
