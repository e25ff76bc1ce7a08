import type { DiskUsage } from '../../engine/api/system-types.ts';
import { defineCommand, noArguments, type CommandContext } from '../command.ts';
import { printList, type ListView } from '../format/list-format.ts';
import { humanSize } from '../format/sizes.ts';
import { printLine } from '../output.ts';

interface UsageRow {
  readonly type: string;
  readonly total: number;
  readonly active: number;
  readonly bytes: number;
  readonly reclaimable: number;
}

export const systemDf = defineCommand({
  summary: 'Show disk usage',
  usage: '[OPTIONS]',
  arguments: noArguments,
  completes: 'none',
  options: {
    format: { kind: 'text', help: 'Format output: table, table TEMPLATE, json, or a Go template' },
    verbose: { kind: 'flag', short: 'v', help: 'Show detailed information on space usage' },
  },
  async run(context, { values }) {
    const client = await context.engine();
    const usage = await client.df();
    if (values.verbose) await printDetails(context, usage);
    else await printList(context, usageView, { rows: usageRows(usage), options: values });
    return 0;
  },
});

export function usageRows({
  Images,
  Containers,
  Volumes,
  BuildCache,
  LayersSize,
  LogsSize,
}: DiskUsage): UsageRow[] {
  const usedImages = new Set(Containers.map(({ ImageID }) => ImageID));
  const running = Containers.filter(({ State }) => State === 'running' || State === 'paused');
  const volumes = Volumes.map(({ UsageData }) => ({
    size: Math.max(0, UsageData?.Size ?? 0),
    uses: UsageData?.RefCount ?? 0,
  }));
  const idle = Containers.filter((container) => !running.includes(container));
  const rows: UsageRow[] = [
    {
      type: 'Images',
      total: Images.length,
      active: Images.filter(({ Id }) => usedImages.has(Id)).length,
      bytes: LayersSize,
      reclaimable: sum(
        Images.filter(({ Id }) => !usedImages.has(Id)).map(
          ({ Size, SharedSize }) => Size - Math.max(0, SharedSize),
        ),
      ),
    },
    {
      type: 'Containers',
      total: Containers.length,
      active: running.length,
      bytes: sum(Containers.map(({ SizeRw }) => SizeRw ?? 0)),
      reclaimable: sum(idle.map(({ SizeRw }) => SizeRw ?? 0)),
    },
    {
      type: 'Local Volumes',
      total: Volumes.length,
      active: volumes.filter(({ uses }) => uses > 0).length,
      bytes: sum(volumes.map(({ size }) => size)),
      reclaimable: sum(volumes.filter(({ uses }) => uses === 0).map(({ size }) => size)),
    },
    {
      type: 'Build Cache',
      total: BuildCache.length,
      active: 0,
      bytes: sum(BuildCache.map(({ Size }) => Size)),
      reclaimable: 0,
    },
  ];
  if (LogsSize !== undefined) {
    rows.push({
      type: 'Container Logs',
      total: Containers.length,
      active: running.length,
      bytes: LogsSize,
      reclaimable: 0,
    });
  }
  return rows;
}

const usageView: ListView<UsageRow> = {
  columns: ['Type', 'TotalCount', 'Active', 'Size', 'Reclaimable'],
  quiet: ({ type }) => type,
  fields: {
    Type: { header: 'TYPE', value: ({ type }) => type },
    TotalCount: { header: 'TOTAL', value: ({ total }) => String(total) },
    Active: { header: 'ACTIVE', value: ({ active }) => String(active) },
    Size: { header: 'SIZE', value: ({ bytes }) => humanSize(bytes) },
    Reclaimable: {
      header: 'RECLAIMABLE',
      value: ({ bytes, reclaimable }) =>
        humanSize(reclaimable) + (bytes > 0 ? ` (${Math.floor((reclaimable * 100) / bytes)}%)` : ''),
    },
  },
};

async function printDetails(context: CommandContext, usage: DiskUsage): Promise<void> {
  const { imageRows, imageView } = await import('./images.ts');
  const { containerView } = await import('./ps.ts');
  const nowMs = context.now();
  const images = imageView({ trunc: true, digests: false, nowMs });
  const imageColumns = [
    'Repository',
    'Tag',
    'ID',
    'CreatedSince',
    'Size',
    'SharedSize',
    'UniqueSize',
    'Containers',
  ];
  await printLine(context.stdout, 'Images space usage:\n');
  await printList(
    context,
    { ...images, columns: imageColumns },
    { rows: usage.Images.flatMap((image) => imageRows(image)), options: {} },
  );
  await printLine(context.stdout, '\nContainers space usage:\n');
  const containerColumns = [
    'ID',
    'Image',
    'Command',
    'LocalVolumes',
    'Size',
    'RunningFor',
    'Status',
    'Names',
  ];
  const containers = containerView({ trunc: true, size: true, nowMs });
  await printList(
    context,
    { ...containers, columns: containerColumns },
    { rows: usage.Containers, options: {} },
  );
  await printLine(context.stdout, '\nLocal Volumes space usage:\n');
  await printList(context, volumeUsageView, { rows: usage.Volumes, options: {} });
}

const volumeUsageView: ListView<DiskUsage['Volumes'][number]> = {
  columns: ['Name', 'Links', 'Size'],
  quiet: ({ Name }) => Name,
  fields: {
    Name: { header: 'VOLUME NAME', value: ({ Name }) => Name },
    Links: { header: 'LINKS', value: ({ UsageData }) => String(UsageData?.RefCount ?? 0) },
    Size: { header: 'SIZE', value: ({ UsageData }) => humanSize(Math.max(0, UsageData?.Size ?? 0), 3) },
  },
};

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
