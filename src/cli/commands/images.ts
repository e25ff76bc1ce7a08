import type { ImageSummary } from '../../engine/api/image-types.ts';
import { atMostOne, defineCommand } from '../command.ts';
import { parseFilters } from '../flags/filters.ts';
import { goTime, timeAgo } from '../format/durations.ts';
import { shortId } from '../format/ids.ts';
import { printList, type ListView } from '../format/list-format.ts';
import { humanSize } from '../format/sizes.ts';

export const images = defineCommand({
  summary: 'List images',
  usage: '[OPTIONS] [REPOSITORY[:TAG]]',
  arguments: atMostOne,
  completes: 'image',
  options: {
    all: { kind: 'flag', short: 'a', help: 'Show all images (default hides intermediate images)' },
    digests: { kind: 'flag', help: 'Show digests' },
    filter: { kind: 'list', short: 'f', value: 'filter', help: 'Filter output based on conditions provided' },
    format: { kind: 'text', help: 'Format output: table, table TEMPLATE, json, or a Go template' },
    'no-trunc': { kind: 'flag', help: "Don't truncate output" },
    quiet: { kind: 'flag', short: 'q', help: 'Only show image IDs' },
  },
  async run(context, { values, args }) {
    const filters = parseFilters(values.filter);
    const [reference] = args;
    if (reference !== undefined) filters['reference'] = [...(filters['reference'] ?? []), reference];
    const client = await context.engine();
    const found = await client.listImages({ all: values.all, filters });
    const withDigests = values.digests || /\.Digest\b/.test(values.format ?? '');
    const rows = found.flatMap((image) => imageRows(image, withDigests));
    const view = imageView({ trunc: !values['no-trunc'], digests: values.digests, nowMs: context.now() });
    await printList(context, view, { rows: values.quiet ? oncePerImage(rows) : rows, options: values });
    return 0;
  },
});

export interface ImageRow {
  readonly image: ImageSummary;
  readonly repository: string;
  readonly tag: string;
  readonly digest: string;
}

/** One row for each name; a digest without a tag is a row of its own only where digests are shown. */
export function imageRows(image: ImageSummary, withDigests = false): ImageRow[] {
  const tags = (image.RepoTags ?? []).filter((tag) => tag !== '<none>:<none>').map(splitTag);
  const digests = (image.RepoDigests ?? [])
    .filter((name) => !name.startsWith('<none>'))
    .map((name) => name.split('@'));
  const digestOf = (repository: string): string =>
    digests.find(([name]) => name === repository)?.[1] ?? '<none>';
  const rows = tags.map(([repository, tag]) => ({ image, repository, tag, digest: digestOf(repository) }));
  if (rows.length > 0) return rows;
  const [repository = '<none>', digest = '<none>'] = digests[0] ?? [];
  return [{ image, repository, tag: '<none>', digest: withDigests ? digest : '<none>' }];
}

export function imageView(options: {
  readonly trunc: boolean;
  readonly digests: boolean;
  readonly nowMs: number;
}): ListView<ImageRow> {
  const id = ({ image }: ImageRow): string => (options.trunc ? shortId(image.Id) : image.Id);
  const count = (value: number): string => (value < 0 ? 'N/A' : String(value));
  return {
    columns: ['Repository', 'Tag', ...(options.digests ? ['Digest'] : []), 'ID', 'CreatedSince', 'Size'],
    quiet: id,
    fields: {
      ID: { header: 'IMAGE ID', value: id },
      Repository: { header: 'REPOSITORY', value: (row) => row.repository },
      Tag: { header: 'TAG', value: (row) => row.tag },
      Digest: { header: 'DIGEST', value: (row) => row.digest },
      CreatedSince: { header: 'CREATED', value: ({ image }) => timeAgo(image.Created, options.nowMs) },
      CreatedAt: { header: 'CREATED AT', value: ({ image }) => goTime(image.Created) },
      Size: { header: 'SIZE', value: ({ image }) => humanSize(image.Size, 3) },
      Containers: { header: 'CONTAINERS', value: ({ image }) => count(image.Containers) },
      SharedSize: {
        header: 'SHARED SIZE',
        value: ({ image }) => (image.SharedSize < 0 ? 'N/A' : humanSize(image.SharedSize, 3)),
      },
      UniqueSize: {
        header: 'UNIQUE SIZE',
        value: ({ image }) => (image.SharedSize < 0 ? 'N/A' : humanSize(image.Size - image.SharedSize, 3)),
      },
    },
  };
}

/** `registry:5000/name:tag`: only a colon behind the last slash begins a tag. */
function splitTag(name: string): [string, string] {
  const colon = name.lastIndexOf(':');
  return colon > name.lastIndexOf('/') ? [name.slice(0, colon), name.slice(colon + 1)] : [name, '<none>'];
}

const oncePerImage = (rows: readonly ImageRow[]): ImageRow[] => [
  ...new Map(rows.map((row) => [row.image.Id, row])).values(),
];
