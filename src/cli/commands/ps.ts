import type { ContainerSummary, MountPoint } from '../../engine/api/container-types.ts';
import type { ListContainersOptions } from '../../engine/api/engine-client.ts';
import { defineCommand, noArguments } from '../command.ts';
import { parseFilters } from '../flags/filters.ts';
import { goTime, timeAgo } from '../format/durations.ts';
import { ellipsis, shortId } from '../format/ids.ts';
import { printList, type ListView } from '../format/list-format.ts';
import { displayPorts } from '../format/ports.ts';
import { humanSize } from '../format/sizes.ts';
import { quote } from '../template/values.ts';

export const ps = defineCommand({
  summary: 'List containers',
  usage: '[OPTIONS]',
  arguments: noArguments,
  completes: 'none',
  options: {
    all: { kind: 'flag', short: 'a', help: 'Show all containers (default shows just running)' },
    filter: { kind: 'list', short: 'f', value: 'filter', help: 'Filter output based on conditions provided' },
    format: { kind: 'text', help: 'Format output: table, table TEMPLATE, json, or a Go template' },
    last: { kind: 'int', short: 'n', help: 'Show n last created containers (includes all states)' },
    latest: { kind: 'flag', short: 'l', help: 'Show the latest created container (includes all states)' },
    'no-trunc': { kind: 'flag', help: "Don't truncate output" },
    quiet: { kind: 'flag', short: 'q', help: 'Only display container IDs' },
    size: { kind: 'flag', short: 's', help: 'Display total file sizes' },
  },
  async run(context, { values }) {
    const limit = values.latest ? 1 : (values.last ?? 0);
    const size = values.size || /\.Size\b/.test(values.format ?? '');
    const query: ListContainersOptions = {
      all: values.all || limit > 0,
      size,
      filters: parseFilters(values.filter),
    };
    if (limit > 0) query.limit = limit;
    const client = await context.engine();
    const rows = await client.listContainers(query);
    const view = containerView({ trunc: !values['no-trunc'], size: values.size, nowMs: context.now() });
    await printList(context, view, { rows, options: values });
    return 0;
  },
});

/** The fields of docker/cli's container formatter. */
export function containerView(options: {
  readonly trunc: boolean;
  readonly size: boolean;
  readonly nowMs: number;
}): ListView<ContainerSummary> {
  const { trunc, nowMs } = options;
  const id = ({ Id }: ContainerSummary): string => (trunc ? shortId(Id) : Id);
  const columns = ['ID', 'Image', 'Command', 'RunningFor', 'Status', 'Ports', 'Names'];
  return {
    columns: options.size ? [...columns, 'Size'] : columns,
    quiet: id,
    methods: (row) => ({ Label: (name) => row.Labels[String(name)] ?? '' }),
    fields: {
      ID: { header: 'CONTAINER ID', value: id },
      Names: { header: 'NAMES', value: (row) => names(row, trunc) },
      Image: { header: 'IMAGE', value: (row) => image(row, trunc) },
      Command: { header: 'COMMAND', value: (row) => quote(trunc ? ellipsis(row.Command, 20) : row.Command) },
      CreatedAt: { header: 'CREATED AT', value: (row) => goTime(row.Created) },
      RunningFor: { header: 'CREATED', value: (row) => timeAgo(row.Created, nowMs) },
      Ports: { header: 'PORTS', value: (row) => displayPorts(row.Ports) },
      State: { header: 'STATE', value: (row) => row.State },
      Status: { header: 'STATUS', value: (row) => row.Status },
      Size: { header: 'SIZE', value: size },
      Labels: { header: 'LABELS', value: labels },
      Mounts: {
        header: 'MOUNTS',
        value: (row) => row.Mounts.map((mount) => mountName(mount, trunc)).join(','),
      },
      LocalVolumes: { header: 'LOCAL VOLUMES', value: localVolumes },
      Networks: { header: 'NETWORKS', value: (row) => Object.keys(row.NetworkSettings.Networks).join(',') },
    },
  };
}

/** Links have slashes inside; Docker hides those of truncated lists. */
function names({ Names }: ContainerSummary, trunc: boolean): string {
  const plain = Names.map((name) => name.replace(/^\//, ''));
  return (trunc ? plain.filter((name) => !name.includes('/')) : plain).join(',');
}

function image({ Image, ImageID }: ContainerSummary, trunc: boolean): string {
  if (Image === '') return '<no image>';
  const isId =
    Image === ImageID || (/^[\da-f]{12,64}$/.test(Image) && shortId(ImageID).startsWith(shortId(Image)));
  if (!trunc) return Image;
  return isId || Image.startsWith('sha256:') ? shortId(Image) : Image.replace(/@sha256:[\da-f]{64}$/, '');
}

function size({ SizeRw = 0, SizeRootFs = 0 }: ContainerSummary): string {
  const own = humanSize(SizeRw, 3);
  return SizeRootFs > 0 ? `${own} (virtual ${humanSize(SizeRootFs, 3)})` : own;
}

const labels = ({ Labels }: ContainerSummary): string =>
  Object.entries(Labels)
    .map(([key, value]) => `${key}=${value}`)
    .sort()
    .join(',');

function mountName({ Name, Source }: MountPoint, trunc: boolean): string {
  const name = Name === undefined || Name === '' ? Source : Name;
  return trunc ? ellipsis(name, 15) : name;
}

const localVolumes = ({ Mounts }: ContainerSummary): string =>
  String(Mounts.filter(({ Driver }) => Driver === 'local').length);
