import { isErrorKind } from '../../engine/api/errors.ts';
import { defineCommand, oneOrMore } from '../command.ts';
import { forEachName } from '../each-name.ts';

export const rm = defineCommand({
  summary: 'Remove one or more containers',
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  arguments: oneOrMore,
  completes: 'container',
  options: {
    force: { kind: 'flag', short: 'f', help: 'Force the removal of a running container (uses SIGKILL)' },
    volumes: { kind: 'flag', short: 'v', help: 'Remove anonymous volumes associated with the container' },
  },
  async run(context, { values, args }) {
    const client = await context.engine();
    return await forEachName(context, args, async (name) => {
      try {
        await client.getContainer(name).remove({ force: values.force, v: values.volumes });
      } catch (error) {
        // As Docker: with -f what is not there is as good as removed, but is not said to have been.
        if (values.force && isErrorKind(error, 'not-found')) return undefined;
        throw error;
      }
      return name;
    });
  },
});
