import type { ImageHistoryEntry } from '../../engine/api/image-types.ts';
import { defineCommand, exactlyOne } from '../command.ts';
import { timeAgo } from '../format/durations.ts';
import { ellipsis, shortId } from '../format/ids.ts';
import { printList, type ListView } from '../format/list-format.ts';
import { humanSize } from '../format/sizes.ts';

export const history = defineCommand({
  summary: 'Show the history of an image',
  usage: '[OPTIONS] IMAGE',
  arguments: exactlyOne,
  completes: 'image',
  options: {
    format: { kind: 'text', help: 'Format output: table, table TEMPLATE, json, or a Go template' },
    human: {
      kind: 'flag',
      short: 'H',
      default: true,
      help: 'Print sizes and dates in human readable format',
    },
    'no-trunc': { kind: 'flag', help: "Don't truncate output" },
    quiet: { kind: 'flag', short: 'q', help: 'Only show image IDs' },
  },
  async run(context, { values, args }) {
    const client = await context.engine();
    const rows = await client.getImage(args[0] ?? '').history();
    const view = historyView({ trunc: !values['no-trunc'], human: values.human, nowMs: context.now() });
    await printList(context, view, { rows, options: values });
    return 0;
  },
});

function historyView(options: {
  readonly trunc: boolean;
  readonly human: boolean;
  readonly nowMs: number;
}): ListView<ImageHistoryEntry> {
  const { trunc, human, nowMs } = options;
  const id = ({ Id }: ImageHistoryEntry): string => (trunc ? shortId(Id) : Id);
  const command = ({ CreatedBy }: ImageHistoryEntry): string => {
    const text = CreatedBy.replaceAll('\t', ' ');
    return trunc ? ellipsis(text, 45) : text;
  };
  const createdAt = ({ Created }: ImageHistoryEntry): string =>
    new Date(Created * 1000).toISOString().replace('.000Z', 'Z');
  return {
    columns: ['ID', 'CreatedSince', 'CreatedBy', 'Size', 'Comment'],
    quiet: id,
    fields: {
      ID: { header: 'IMAGE', value: id },
      CreatedSince: {
        header: 'CREATED',
        value: (row) => (human ? timeAgo(row.Created, nowMs) : createdAt(row)),
      },
      CreatedAt: { header: 'CREATED AT', value: createdAt },
      CreatedBy: { header: 'CREATED BY', value: command },
      Size: { header: 'SIZE', value: ({ Size }) => (human ? humanSize(Size, 3) : String(Size)) },
      Comment: { header: 'COMMENT', value: ({ Comment }) => Comment },
    },
  };
}
