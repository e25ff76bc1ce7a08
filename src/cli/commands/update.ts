import type { UpdateContainerRequest } from '../../engine/api/container-request.ts';
import { defineCommand, oneOrMore } from '../command.ts';
import { forEachName } from '../each-name.ts';
import { ExitError } from '../exit-error.ts';
import { parseRestartPolicy } from '../flags/limits.ts';
import { resourceOptions } from '../flags/resource-options.ts';
import { deprecationNote, limitsFrom } from '../flags/resources.ts';
import { printLine } from '../output.ts';

export const update = defineCommand({
  summary: 'Update configuration of one or more containers',
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  arguments: oneOrMore,
  completes: 'container',
  options: {
    ...resourceOptions,
    restart: { kind: 'text', help: 'Restart policy to apply when a container exits' },
  },
  async run(context, { values, args }) {
    if (Object.values(values).every(isMissing))
      throw new ExitError(1, 'you must provide one or more flags when using this command');
    const note = deprecationNote(values);
    if (note !== '') await printLine(context.stderr, note);
    const request: UpdateContainerRequest = limitsFrom(values, true);
    // Docker's: 0 is "not given" here, although it means "no limit" for run.
    if (request.PidsLimit === 0) delete request.PidsLimit;
    if (values.restart !== undefined && values.restart !== '')
      request.RestartPolicy = parseRestartPolicy(values.restart);
    const client = await context.engine();
    const warnings: string[] = [];
    const code = await forEachName(context, args, async (name) => {
      const answer = await client.getContainer(name).update(request);
      warnings.push(...(answer.Warnings ?? []));
      return name;
    });
    for (const warning of warnings) await printLine(context.stdout, warning);
    return code;
  },
});

function isMissing(value: unknown): boolean {
  return value === undefined || (Array.isArray(value) && value.length === 0);
}
