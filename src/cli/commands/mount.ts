// Mounts of a container that runs. Docker has no such commands.
import type { MountPoint } from '../../engine/api/container-types.ts';
import type { EngineClient, GantryExtensions } from '../../engine/api/engine-client.ts';
import { defineCommand, exactlyOne, oneOrMore, twoOrMore } from '../command.ts';
import { forEachName } from '../each-name.ts';
import { ExitError } from '../exit-error.ts';
import { liveMountOptions, liveMounts } from '../flags/live-mounts.ts';
import { printList, type ListView } from '../format/list-format.ts';

export const mountAdd = defineCommand({
  summary: 'Mount binds, volumes or tmpfs on a running container',
  usage: '[OPTIONS] CONTAINER SOURCE:TARGET[:OPTIONS]|type=TYPE,target=TARGET[,…]...',
  arguments: oneOrMore,
  completes: 'running',
  options: liveMountOptions,
  async run(context, { values, args }) {
    const [name = '', ...words] = args;
    const requests = liveMounts(words, values);
    const gantry = extensionsOf(await context.engine());
    return await forEachName(context, requests, async (request) => {
      const { Destination } = await gantry.addMount(name, request);
      return Destination;
    });
  },
});

export const mountRm = defineCommand({
  summary: 'Take mounts from a container',
  usage: '[OPTIONS] CONTAINER TARGET [TARGET...]',
  arguments: twoOrMore,
  completes: 'container',
  options: {
    force: { kind: 'flag', short: 'f', help: 'Also while processes of the container use it' },
  },
  async run(context, { values, args }) {
    const [name = '', ...targets] = args;
    const gantry = extensionsOf(await context.engine());
    return await forEachName(context, targets, async (target) => {
      await gantry.removeMount(name, { target, force: values.force });
      return target;
    });
  },
});

const view: ListView<MountPoint> = {
  columns: ['Type', 'Source', 'Destination', 'Access'],
  quiet: ({ Destination }) => Destination,
  fields: {
    Type: { header: 'TYPE', value: ({ Type }) => Type },
    Name: { header: 'NAME', value: ({ Name }) => Name ?? '' },
    Source: { header: 'SOURCE', value: ({ Name, Source }) => Name ?? Source },
    Path: { header: 'PATH', value: ({ Source }) => Source },
    Destination: { header: 'TARGET', value: ({ Destination }) => Destination },
    Access: { header: 'ACCESS', value: ({ RW }) => (RW ? 'rw' : 'ro') },
    Propagation: { header: 'PROPAGATION', value: ({ Propagation }) => Propagation },
    Mode: { header: 'MODE', value: ({ Mode }) => Mode },
  },
};

export const mountLs = defineCommand({
  summary: 'List the mounts of a container',
  usage: '[OPTIONS] CONTAINER',
  arguments: exactlyOne,
  completes: 'container',
  options: {
    format: { kind: 'text', help: 'Format output: table, table TEMPLATE, json, or a Go template' },
    quiet: { kind: 'flag', short: 'q', help: 'Only display targets' },
  },
  async run(context, { values, args }) {
    const client = await context.engine();
    const { Mounts } = await client.getContainer(args[0] ?? '').inspect();
    const rows = Mounts.toSorted((a, b) => (a.Destination < b.Destination ? -1 : 1));
    await printList(context, view, { rows, options: values });
    return 0;
  },
});

function extensionsOf({ gantry }: EngineClient): GantryExtensions {
  if (gantry !== undefined) return gantry;
  throw new ExitError(1, 'gantry: only a gantry engine can mount on a running container');
}
