import { isErrorKind } from '../../engine/api/errors.ts';
import { commandOnEach } from '../each-name.ts';

export const rm = commandOnEach({
  summary: 'Remove one or more containers',
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  completes: 'container',
  options: {
    force: { kind: 'flag', short: 'f', help: 'Force the removal of a running container (uses SIGKILL)' },
    volumes: { kind: 'flag', short: 'v', help: 'Remove anonymous volumes associated with the container' },
  },
  async each(client, name, values) {
    try {
      await client.getContainer(name).remove({ force: values.force, v: values.volumes });
    } catch (error) {
      // As Docker: with -f what is not there is as good as removed, but is not said to have been.
      if (values.force && isErrorKind(error, 'not-found')) return undefined;
      throw error;
    }
    return name;
  },
});
