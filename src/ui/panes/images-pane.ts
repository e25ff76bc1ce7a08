// The images, with their layers.
import type { ImageSummary } from '../../engine/api/image-types.ts';
import { cutStart, line } from '../components/line.ts';
import { columnLines } from '../details/columns.ts';
import { treeLines } from '../details/tree-lines.ts';
import { formatAge, formatSize, shortId } from '../format.ts';
import { messages } from '../messages/en.ts';
import type { UiState } from '../ui-store.ts';
import { imageBindings, imagesPaneBindings } from './image-bindings.ts';
import { imageUsers, referenceOf } from './image-facts.ts';
import { usedColumn } from './list-columns.ts';
import type { Pane } from './pane.ts';

export const imagesPane: Pane<ImageSummary> = {
  id: 'images',
  title: messages.pane.images,
  items: (state) => state.images,
  keyOf: (image) => image.Id,
  nameOf: referenceOf,
  searchText: (image) => (image.RepoTags ?? []).join(' '),
  columns: [
    usedColumn((image, state) => imageUsers(image, state).length > 0),
    {
      id: 'name',
      title: messages.column.reference,
      width: { share: 1 },
      // Tags tell images apart, registries do not.
      cell: (image, { width }) => ({
        text: cutStart(referenceOf(image), width),
        tone: (image.RepoTags ?? []).length === 0 ? 'muted' : undefined,
      }),
    },
    {
      id: 'id',
      title: messages.column.id,
      width: 12,
      from: 62,
      cell: (image) => ({ text: shortId(image.Id), tone: 'muted' }),
    },
    {
      id: 'age',
      title: messages.column.age,
      width: 4,
      from: 40,
      align: 'right',
      cell: (image) => ({ text: formatAge(Date.now() / 1000 - image.Created), tone: 'muted' }),
    },
    {
      id: 'size',
      title: messages.column.size,
      width: 8,
      align: 'right',
      cell: (image) => ({ text: formatSize(image.Size) }),
    },
  ],
  sorts: [
    { id: 'name', label: messages.sort.name, compare: (left, right) => dangling(left) - dangling(right) },
    { id: 'size', label: messages.sort.size, compare: (left, right) => right.Size - left.Size },
    { id: 'age', label: messages.sort.age, compare: (left, right) => right.Created - left.Created },
  ],
  empty: emptyImages,
  tabs: [
    {
      kind: 'document',
      id: 'layers',
      title: messages.tab.layers,
      epoch: () => '',
      load: async (image, client) => {
        const entries = await client.getImage(image.Id).history();
        const now = Date.now() / 1000;
        return columnLines(
          ['SIZE', 'AGE', 'CREATED BY'],
          entries.map((entry) => [
            entry.Size === 0 ? '–' : formatSize(entry.Size),
            formatAge(now - entry.Created),
            entry.CreatedBy.replace(/^\/bin\/sh -c (?:#\(nop\) +)?/, '').replaceAll(/\s+/g, ' '),
          ]),
        );
      },
    },
    {
      kind: 'document',
      id: 'inspect',
      title: messages.tab.inspect,
      epoch: (image) => (image.RepoTags ?? []).join(' '),
      load: async (image, client) => treeLines(await client.getImage(image.Id).inspect()),
    },
  ],
  itemBindings: imageBindings,
  paneBindings: imagesPaneBindings,
};

function dangling(image: ImageSummary): number {
  return (image.RepoTags ?? []).length === 0 ? 1 : 0;
}

function emptyImages(_state: UiState): ReturnType<Pane<ImageSummary>['empty']> {
  const { empty } = messages;
  return [
    line(empty.noImages, 'muted'),
    [{ text: 'P ', tone: 'key' }, { text: empty.pull }],
    [{ text: 'L ', tone: 'key' }, { text: empty.load }],
    [{ text: 'h ', tone: 'key' }, { text: empty.hosttools }],
  ];
}
