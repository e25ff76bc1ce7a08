import { defineCommand, exactlyOne } from '../command.ts';
import { printList, type ListView } from '../format/list-format.ts';
import type { FileChange } from '../../engine/api/container-types.ts';

const LETTERS = ['C', 'A', 'D'] as const;

const view: ListView<FileChange> = {
  columns: ['Type', 'Path'],
  quiet: ({ Path }) => Path,
  fields: {
    Type: { header: 'CHANGE TYPE', value: ({ Kind }) => LETTERS[Kind] },
    Path: { header: 'PATH', value: ({ Path }) => Path },
  },
};

export const diff = defineCommand({
  summary: "Inspect changes to files or directories on a container's filesystem",
  usage: 'CONTAINER',
  arguments: exactlyOne,
  completes: 'container',
  options: {
    format: {
      kind: 'text',
      default: '{{.Type}} {{.Path}}',
      help: 'Format output using a Go template, json or table',
    },
  },
  async run(context, { values, args }) {
    const client = await context.engine();
    const rows = (await client.getContainer(args[0] ?? '').changes()) ?? [];
    await printList(context, view, { rows, options: values });
    return 0;
  },
});
