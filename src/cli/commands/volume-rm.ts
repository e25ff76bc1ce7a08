import { isErrorKind } from '../../engine/api/errors.ts';
import { commandOnEach } from '../each-name.ts';

export const volumeRm = commandOnEach({
  summary: 'Remove one or more volumes',
  usage: '[OPTIONS] VOLUME [VOLUME...]',
  completes: 'volume',
  options: { force: { kind: 'flag', short: 'f', help: 'Force the removal of one or more volumes' } },
  async each(client, name, values) {
    try {
      await client.getVolume(name).remove({ force: values.force });
    } catch (error) {
      if (!(values.force && isErrorKind(error, 'not-found'))) throw error;
    }
    return name;
  },
});
