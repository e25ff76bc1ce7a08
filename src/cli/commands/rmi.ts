import { isErrorKind } from '../../engine/api/errors.ts';
import type { ImageRemoval } from '../../engine/api/image-types.ts';
import { commandOnEach } from '../each-name.ts';

export const rmi = commandOnEach({
  summary: 'Remove one or more images',
  usage: '[OPTIONS] IMAGE [IMAGE...]',
  completes: 'image',
  options: {
    force: { kind: 'flag', short: 'f', help: 'Force removal of the image' },
    'no-prune': { kind: 'flag', help: 'Do not delete untagged parents' },
  },
  async each(client, name, values) {
    try {
      const options = { force: values.force, noprune: values['no-prune'] };
      return removalLines(await client.getImage(name).remove(options)).join('\n') || undefined;
    } catch (error) {
      if (values.force && isErrorKind(error, 'not-found')) return undefined;
      throw error;
    }
  },
});

export const removalLines = (removals: readonly ImageRemoval[]): string[] =>
  removals.map((removal) =>
    'Deleted' in removal ? `Deleted: ${removal.Deleted}` : `Untagged: ${removal.Untagged}`,
  );
