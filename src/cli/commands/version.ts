import { defineCommand, noArguments } from '../command.ts';
import { templateFor } from '../format/object-format.ts';
import { printLine } from '../output.ts';

export const version = defineCommand({
  summary: 'Show the Gantry version information',
  usage: '[OPTIONS]',
  arguments: noArguments,
  completes: 'none',
  options: {
    format: { kind: 'text', short: 'f', help: 'Format output using a Go template or json' },
    short: { kind: 'flag', hidden: true, help: '' },
  },
  async run(context, { values }) {
    const client = await context.engine();
    const details = await client.version();
    if (values.short) {
      await printLine(context.stdout, `Gantry version ${details.Version}`);
      return 0;
    }
    // Client and engine are one program; templates written for docker ask for either.
    const data = { Client: details, Server: details };
    if (values.format === 'json') await printLine(context.stdout, JSON.stringify(data));
    else if (values.format !== undefined)
      await printLine(context.stdout, (await templateFor(values.format))(data));
    else {
      const lines = [
        ['Version:', details.Version],
        ['API version:', details.ApiVersion],
        ['Node version:', process.version],
        ['OS/Arch:', `${details.Os}/${details.Arch}`],
        ['Kernel:', details.KernelVersion ?? ''],
      ].map(([name = '', value = '']) => ` ${name.padEnd(18)}${value}`);
      await printLine(context.stdout, ['Gantry:', ...lines].join('\n'));
    }
    return 0;
  },
});
