import type { ContainerHandle, LogsOptions } from '../../engine/api/engine-client.ts';
import { createFrameDecoder } from '../../engine/api/stream-frames.ts';
import { defineCommand, exactlyOne, type CommandContext } from '../command.ts';
import { UsageError } from '../exit-error.ts';
import { parseTimestamp } from '../format/durations.ts';
import { print } from '../output.ts';

export const logs = defineCommand({
  summary: 'Fetch the logs of a container',
  usage: '[OPTIONS] CONTAINER',
  arguments: exactlyOne,
  completes: 'container',
  options: {
    details: { kind: 'flag', help: 'Show extra details provided to logs' },
    follow: { kind: 'flag', short: 'f', help: 'Follow log output' },
    since: {
      kind: 'text',
      help: 'Show logs since timestamp (e.g. "2013-01-02T13:23:37Z") or relative (e.g. "42m")',
    },
    tail: {
      kind: 'text',
      short: 'n',
      default: 'all',
      help: 'Number of lines to show from the end of the logs',
    },
    timestamps: { kind: 'flag', short: 't', help: 'Show timestamps' },
    until: { kind: 'text', help: 'Show logs before a timestamp or relative (e.g. "42m")' },
  },
  async run(context, { values, args }) {
    const query: LogsOptions = { stdout: true, stderr: true, timestamps: values.timestamps };
    if (values.since !== undefined) query.since = parseTimestamp(values.since, context.now());
    if (values.until !== undefined) query.until = parseTimestamp(values.until, context.now());
    const tail = parseTail(values.tail ?? 'all');
    if (tail !== undefined) query.tail = tail;
    const client = await context.engine();
    await copyLogs(context, client.getContainer(args[0] ?? ''), { ...query, follow: values.follow });
    return 0;
  },
});

/** Undefined is every line; a negative number is too, as for Docker. @throws UsageError */
function parseTail(text: string): number | undefined {
  if (text === 'all' || /^-\d+$/.test(text)) return undefined;
  if (!/^\d+$/.test(text))
    throw new UsageError(`invalid value for "tail": strconv.Atoi: parsing "${text}": invalid syntax`);
  return Number(text);
}

async function copyLogs(
  context: CommandContext,
  container: ContainerHandle,
  { follow, ...query }: LogsOptions & { readonly follow: boolean },
): Promise<void> {
  const { Config } = await container.inspect();
  const decode = Config.Tty ? undefined : createFrameDecoder();
  const chunks = follow
    ? await container.logs({ ...query, follow })
    : [await container.logs({ ...query, follow: false })];
  for await (const chunk of chunks) {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    if (decode === undefined) await print(context.stdout, bytes);
    for (const frame of decode?.(bytes) ?? []) {
      await print(frame.stream === 'stdout' ? context.stdout : context.stderr, frame.payload);
    }
  }
}
