// The networks. They are made and removed by the engine itself for now.
import type { NetworkInfo } from '../../engine/api/network-types.ts';
import { line } from '../components/line.ts';
import { columnLines } from '../details/columns.ts';
import { treeLines } from '../details/tree-lines.ts';
import { messages } from '../messages/en.ts';
import type { UiState } from '../ui-store.ts';
import { nameColumn, usedColumn } from './list-columns.ts';
import type { Pane } from './pane.ts';
import { networkBindings } from './network-bindings.ts';

export const networksPane: Pane<NetworkInfo> = {
  id: 'networks',
  title: messages.pane.networks,
  items: (state) => state.networks,
  keyOf: (network) => network.Id,
  nameOf: (network) => network.Name,
  searchText: (network) => `${network.Name} ${network.Driver} ${subnets(network)}`,
  columns: [
    usedColumn((network, state) => userCount(network, state) > 0),
    nameColumn((network) => network.Name),
    {
      id: 'driver',
      title: messages.column.driver,
      width: 8,
      cell: (network) => ({ text: network.Driver, tone: 'muted' }),
    },
    {
      id: 'subnet',
      title: messages.column.subnet,
      width: { share: 2 },
      from: 36,
      cell: (network) => ({ text: subnets(network), tone: 'muted' }),
    },
    {
      id: 'used',
      title: messages.column.used,
      width: 4,
      align: 'right',
      cell: (network, { state }) => {
        const count = userCount(network, state);
        return { text: count === 0 ? '' : String(count) };
      },
    },
  ],
  sorts: [{ id: 'name', label: messages.sort.name, compare: () => 0 }],
  empty: () => [line(messages.empty.noNetworks, 'muted')],
  tabs: [
    {
      kind: 'document',
      id: 'inspect',
      title: messages.tab.inspect,
      everyMs: 5000,
      epoch: () => '',
      load: async (network, client) => treeLines(await client.getNetwork(network.Id).inspect()),
    },
    {
      kind: 'document',
      id: 'used',
      title: messages.tab.usedBy,
      everyMs: 5000,
      epoch: () => '',
      load: async (network, client) => {
        const { Containers: users } = await client.getNetwork(network.Id).inspect();
        return columnLines(
          ['CONTAINER', 'ADDRESS', 'MAC'],
          Object.values(users ?? {}).map((user) => [user.Name, user.IPv4Address, user.MacAddress]),
        );
      },
    },
  ],
  itemBindings: networkBindings,
  paneBindings: [],
};

function userCount(network: NetworkInfo, state: UiState): number {
  return state.containers.filter(
    (container) => container.NetworkSettings.Networks[network.Name] !== undefined,
  ).length;
}

function subnets(network: NetworkInfo): string {
  return (network.IPAM?.Config ?? [])
    .map((pool) => pool.Subnet ?? '')
    .filter((subnet) => subnet !== '')
    .join(' ');
}
