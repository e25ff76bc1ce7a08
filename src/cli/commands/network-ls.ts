import type { NetworkInfo } from '../../engine/api/network-types.ts';
import { defineCommand, noArguments } from '../command.ts';
import { parseFilters } from '../flags/filters.ts';
import { shortId } from '../format/ids.ts';
import { printList, type ListView } from '../format/list-format.ts';

type Network = NetworkInfo;

export const networkLs = defineCommand({
  summary: 'List networks',
  usage: '[OPTIONS]',
  arguments: noArguments,
  completes: 'none',
  options: {
    filter: {
      kind: 'list',
      short: 'f',
      value: 'filter',
      help: 'Provide filter values (e.g. "driver=bridge")',
    },
    format: { kind: 'text', help: 'Format output: table, table TEMPLATE, json, or a Go template' },
    'no-trunc': { kind: 'flag', help: 'Do not truncate the output' },
    quiet: { kind: 'flag', short: 'q', help: 'Only display network IDs' },
  },
  async run(context, { values }) {
    const client = await context.engine();
    const rows = await client.listNetworks({ filters: parseFilters(values.filter) });
    const sorted = rows.toSorted((a, b) => (a.Name < b.Name ? -1 : 1));
    await printList(context, networkView(!values['no-trunc']), { rows: sorted, options: values });
    return 0;
  },
});

function networkView(trunc: boolean): ListView<Network> {
  const id = ({ Id }: Network): string => (trunc ? shortId(Id) : Id);
  return {
    columns: ['ID', 'Name', 'Driver', 'Scope'],
    quiet: id,
    methods: (row) => ({ Label: (name) => row.Labels?.[String(name)] ?? '' }),
    fields: {
      ID: { header: 'NETWORK ID', value: id },
      Name: { header: 'NAME', value: ({ Name }) => Name },
      Driver: { header: 'DRIVER', value: ({ Driver }) => Driver },
      Scope: { header: 'SCOPE', value: ({ Scope }) => Scope },
      CreatedAt: { header: 'CREATED AT', value: ({ Created }) => Created },
      IPv6: { header: 'IPV6', value: ({ EnableIPv6 }) => String(EnableIPv6) },
      Internal: { header: 'INTERNAL', value: ({ Internal }) => String(Internal) },
      Labels: {
        header: 'LABELS',
        value: ({ Labels }) =>
          Object.entries(Labels ?? {})
            .map(([key, value]) => `${key}=${value}`)
            .join(','),
      },
    },
  };
}
