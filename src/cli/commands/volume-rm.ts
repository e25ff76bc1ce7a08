import { isErrorKind } from '../../engine/api/errors.ts';
import { defineCommand, oneOrMore } from '../command.ts';
import { forEachName } from '../each-name.ts';

export const volumeRm = defineCommand({
  summary: 'Remove one or more volumes',
  usage: '[OPTIONS] VOLUME [VOLUME...]',
  arguments: oneOrMore,
  completes: 'volume',
  options: { force: { kind: 'flag', short: 'f', help: 'Force the removal of one or more volumes' } },
  async run(context, { values, args }) {
    const client = await context.engine();
    return await forEachName(context, args, async (name) => {
      try {
        await client.getVolume(name).remove({ force: values.force });
      } catch (error) {
        if (!(values.force && isErrorKind(error, 'not-found'))) throw error;
      }
      return name;
    });
  },
});
