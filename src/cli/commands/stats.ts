import { setTimeout as delay } from 'node:timers/promises';
import { anyNumber, defineCommand, type CommandContext } from '../command.ts';
import { shortId } from '../format/ids.ts';
import { formatList, type ListView } from '../format/list-format.ts';
import { binarySize, humanSize } from '../format/sizes.ts';
import { print } from '../output.ts';
import { createStatsSource, type StatsRow, type StatsSource } from '../stats/stats-source.ts';

/** Between two tables; Docker's daemon samples at the same pace. */
const INTERVAL_MS = 1000;
/** Between the two looks that a single table needs for its rates. */
const FIRST_INTERVAL_MS = 250;

export const stats = defineCommand({
  summary: 'Display a live stream of container(s) resource usage statistics',
  usage: '[OPTIONS] [CONTAINER...]',
  arguments: anyNumber,
  completes: 'running',
  options: {
    all: { kind: 'flag', short: 'a', help: 'Show all containers (default shows just running)' },
    format: { kind: 'text', help: 'Format output: table, table TEMPLATE, json, or a Go template' },
    'no-stream': { kind: 'flag', help: 'Disable streaming stats and only pull the first result' },
    'no-trunc': { kind: 'flag', help: 'Do not truncate output' },
  },
  async run(context, { values, args }) {
    const client = await context.engine();
    const source = createStatsSource(client, args, values.all);
    const view = statsView(!values['no-trunc']);
    await source();
    await delay(FIRST_INTERVAL_MS);
    if (!values['no-stream'])
      return await showLive(context, source, (rows) => formatList(view, rows, values));
    const lines = await formatList(view, await source(), values);
    await print(context.stdout, lines.map((line) => `${line}\n`).join(''));
    return 0;
  },
});

/** Until a signal ends us. On a terminal each table is painted over the one before, without a blank screen between. */
async function showLive(
  context: CommandContext,
  source: StatsSource,
  format: (rows: readonly StatsRow[]) => Promise<string[]>,
): Promise<never> {
  const isTerminal = context.stdout.isTTY === true;
  if (isTerminal) await print(context.stdout, '\u001B[2J');
  for (;;) {
    const lines = await format(await source());
    const text = isTerminal
      ? `\u001B[H${lines.map((line) => `${line}\u001B[K\n`).join('')}\u001B[J`
      : lines.map((line) => `${line}\n`).join('');
    await print(context.stdout, text);
    await delay(INTERVAL_MS);
  }
}

export function statsView(trunc: boolean): ListView<StatsRow> {
  const id = ({ id }: StatsRow): string => (trunc ? shortId(id) : id);
  return {
    columns: ['ID', 'Name', 'CPUPerc', 'MemUsage', 'MemPerc', 'NetIO', 'BlockIO', 'PIDs'],
    quiet: id,
    fields: {
      Container: { header: 'CONTAINER', value: ({ container }) => container },
      ID: { header: 'CONTAINER ID', value: id },
      Name: { header: 'NAME', value: ({ name }) => name },
      CPUPerc: { header: 'CPU %', value: ({ usage }) => `${usage.cpuPercent.toFixed(2)}%` },
      MemUsage: {
        header: 'MEM USAGE / LIMIT',
        value: ({ usage }) => `${binarySize(usage.memoryBytes)} / ${binarySize(usage.memoryLimitBytes)}`,
      },
      MemPerc: { header: 'MEM %', value: ({ usage }) => `${memoryPercent(usage).toFixed(2)}%` },
      NetIO: {
        header: 'NET I/O',
        value: ({ usage }) => `${humanSize(usage.networkRxBytes, 3)} / ${humanSize(usage.networkTxBytes, 3)}`,
      },
      BlockIO: {
        header: 'BLOCK I/O',
        value: ({ usage }) =>
          `${humanSize(usage.blockReadBytes, 3)} / ${humanSize(usage.blockWriteBytes, 3)}`,
      },
      PIDs: { header: 'PIDS', value: ({ usage }) => String(usage.pids) },
    },
  };
}

const memoryPercent = ({ memoryBytes, memoryLimitBytes }: StatsRow['usage']): number =>
  memoryLimitBytes > 0 ? (memoryBytes / memoryLimitBytes) * 100 : 0;
