// The volumes, with who uses them.
import type { VolumeInspect } from '../../engine/api/volume-types.ts';
import { line } from '../components/line.ts';
import { columnLines } from '../details/columns.ts';
import { treeLines } from '../details/tree-lines.ts';
import { formatAge, formatSize } from '../format.ts';
import { messages } from '../messages/en.ts';
import { containerName } from './container-facts.ts';
import { nameColumn, usedColumn } from './list-columns.ts';
import type { Pane } from './pane.ts';
import { volumeBindings, volumesPaneBindings } from './volume-bindings.ts';
import { volumeUsers } from './volume-facts.ts';

export const volumesPane: Pane<VolumeInspect> = {
  id: 'volumes',
  title: messages.pane.volumes,
  items: (state) => state.volumes,
  keyOf: (volume) => volume.Name,
  nameOf: (volume) => volume.Name,
  searchText: (volume) => `${volume.Name} ${volume.Driver} ${Object.keys(volume.Labels ?? {}).join(' ')}`,
  columns: [
    usedColumn((volume, state) => volumeUsers(volume, state.containers).length > 0),
    nameColumn((volume) => volume.Name),
    {
      id: 'users',
      title: messages.column.used,
      width: { share: 2 },
      from: 40,
      cell: (volume, { state }) => ({
        text: volumeUsers(volume, state.containers).map(containerName).join(' '),
        tone: 'muted',
      }),
    },
    {
      id: 'age',
      title: messages.column.age,
      width: 4,
      align: 'right',
      cell: (volume) => ({ text: ageOf(volume), tone: 'muted' }),
    },
    {
      id: 'size',
      title: messages.column.size,
      width: 8,
      from: 60,
      align: 'right',
      cell: (volume) => ({ text: volume.UsageData ? formatSize(volume.UsageData.Size) : '' }),
    },
  ],
  sorts: [{ id: 'name', label: messages.sort.name, compare: () => 0 }],
  empty: () => [line(messages.empty.noVolumes, 'muted')],
  tabs: [
    {
      kind: 'document',
      id: 'inspect',
      title: messages.tab.inspect,
      epoch: () => '',
      load: async (volume, client) => treeLines(await client.getVolume(volume.Name).inspect()),
    },
    {
      kind: 'document',
      id: 'used',
      title: messages.tab.usedBy,
      everyMs: 5000,
      epoch: () => '',
      load: async (volume, client) => {
        const users = volumeUsers(volume, await client.listContainers({ all: true }));
        return columnLines(
          ['CONTAINER', 'STATE', 'MOUNTED AT'],
          users.map((container) => [
            containerName(container),
            container.State,
            mountedAt(container.Mounts, volume),
          ]),
        );
      },
    },
  ],
  itemBindings: volumeBindings,
  paneBindings: volumesPaneBindings,
};

function ageOf(volume: VolumeInspect): string {
  const created = Date.parse(volume.CreatedAt ?? '');
  return Number.isNaN(created) ? '' : formatAge((Date.now() - created) / 1000);
}

function mountedAt(
  mounts: readonly { Name?: string | undefined; Destination: string }[],
  volume: VolumeInspect,
): string {
  return mounts
    .filter((mount) => mount.Name === volume.Name)
    .map((mount) => mount.Destination)
    .join(' ');
}
