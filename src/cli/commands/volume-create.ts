import { atMostOne, defineCommand } from '../command.ts';
import type { CreateVolumeRequest } from '../../engine/api/volume-types.ts';
import { labelsFrom, mapFrom } from '../flags/key-value.ts';
import { UsageError } from '../exit-error.ts';
import { printLine } from '../output.ts';

export const volumeCreate = defineCommand({
  summary: 'Create a volume',
  usage: '[OPTIONS] [VOLUME]',
  arguments: atMostOne,
  completes: 'none',
  options: {
    driver: { kind: 'text', short: 'd', default: 'local', help: 'Specify volume driver name' },
    label: { kind: 'list', help: 'Set metadata for a volume' },
    name: { kind: 'text', hidden: true, help: '' },
    opt: { kind: 'list', short: 'o', value: 'map', help: 'Set driver specific options' },
  },
  async run(context, { values, args: [argument] }) {
    if (values.name !== undefined && argument !== undefined) {
      throw new UsageError(
        'conflicting options: cannot specify a volume-name through both --name and as a positional arg',
      );
    }
    const name = argument ?? values.name;
    const request: CreateVolumeRequest = {
      Driver: values.driver ?? 'local',
      DriverOpts: mapFrom(values.opt, 'driver option'),
      Labels: labelsFrom(values.label, []),
      ...(name === undefined ? {} : { Name: name }),
    };
    const client = await context.engine();
    const created = await client.createVolume(request);
    await printLine(context.stdout, 'Name' in created ? created.Name : created.name);
    return 0;
  },
});
