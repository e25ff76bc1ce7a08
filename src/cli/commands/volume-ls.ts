import type { VolumeInspect } from '../../engine/api/volume-types.ts';
import { defineCommand, noArguments } from '../command.ts';
import { parseFilters } from '../flags/filters.ts';
import { printList, type ListView } from '../format/list-format.ts';
import { humanSize } from '../format/sizes.ts';

const view: ListView<VolumeInspect> = {
  columns: ['Driver', 'Name'],
  quiet: ({ Name }) => Name,
  methods: (row) => ({ Label: (name) => row.Labels[String(name)] ?? '' }),
  fields: {
    Driver: { header: 'DRIVER', value: ({ Driver }) => Driver },
    Name: { header: 'VOLUME NAME', value: ({ Name }) => Name },
    Scope: { header: 'SCOPE', value: ({ Scope }) => Scope },
    Mountpoint: { header: 'MOUNTPOINT', value: ({ Mountpoint }) => Mountpoint },
    Labels: {
      header: 'LABELS',
      value: ({ Labels }) =>
        Object.entries(Labels ?? {})
          .map(([key, value]) => `${key}=${value}`)
          .join(','),
    },
    Links: { header: 'LINKS', value: ({ UsageData }) => String(UsageData?.RefCount ?? 'N/A') },
    Size: {
      header: 'SIZE',
      value: ({ UsageData }) => ((UsageData?.Size ?? -1) < 0 ? 'N/A' : humanSize(UsageData?.Size ?? 0, 3)),
    },
  },
};

export const volumeLs = defineCommand({
  summary: 'List volumes',
  usage: '[OPTIONS]',
  arguments: noArguments,
  completes: 'none',
  options: {
    filter: {
      kind: 'list',
      short: 'f',
      value: 'filter',
      help: 'Provide filter values (e.g. "dangling=true")',
    },
    format: { kind: 'text', help: 'Format output: table, table TEMPLATE, json, or a Go template' },
    quiet: { kind: 'flag', short: 'q', help: 'Only display volume names' },
  },
  async run(context, { values }) {
    const client = await context.engine();
    const { Volumes } = await client.listVolumes({ filters: parseFilters(values.filter) });
    const rows = Volumes.toSorted((a, b) => (a.Name < b.Name ? -1 : 1));
    await printList(context, view, { rows, options: values });
    return 0;
  },
});
