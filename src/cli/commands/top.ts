import { defineCommand, oneOrMore } from '../command.ts';
import { alignRows } from '../format/table.ts';
import { printLine } from '../output.ts';

/** Of `docker top`'s tabwriter. */
const MIN_WIDTH = 20;

export const top = defineCommand({
  summary: 'Display the running processes of a container',
  usage: 'CONTAINER [ps OPTIONS]',
  arguments: oneOrMore,
  completes: 'running',
  interspersed: false,
  options: {},
  async run(context, { args }) {
    const [name = '', ...psOptions] = args;
    const client = await context.engine();
    const options = psOptions.length > 0 ? { ps_args: psOptions.join(' ') } : {};
    const { Titles, Processes } = await client.getContainer(name).top(options);
    for (const line of alignRows([Titles, ...Processes], MIN_WIDTH)) await printLine(context.stdout, line);
    return 0;
  },
});
