// The containers: what is listed, how a row looks, which tabs it opens. What can be done stands in container-bindings.ts.
import type { ContainerSummary } from '../../engine/api/container-types.ts';
import { line, type Span } from '../components/line.ts';
import { columnLines } from '../details/columns.ts';
import { graphRows, samplesFor } from '../details/graph.ts';
import { recent } from '../details/history.ts';
import { isolationLines } from '../details/isolation-view.ts';
import { assignmentLines, treeLines } from '../details/tree-lines.ts';
import { formatBytes, formatPercent, formatRate, shortStatus } from '../format.ts';
import { messages } from '../messages/en.ts';
import type { Tone } from '../theme.ts';
import type { UiState } from '../ui-store.ts';
import { containerBindings, containersPaneBindings } from './container-bindings.ts';
import { containerName, exitCodeOf, isLive, publishedPorts } from './container-facts.ts';
import type { CellContext, Column, Pane, Sort } from './pane.ts';

const columns: readonly Column<ContainerSummary>[] = [
  { id: 'state', title: ' ', width: 1, cell: stateCell },
  { id: 'name', title: messages.column.name, width: { share: 4 }, cell: nameCell },
  {
    id: 'image',
    title: messages.column.image,
    width: { share: 3 },
    from: 60,
    cell: (container) => ({ text: shortImage(container), tone: 'muted' }),
  },
  {
    id: 'status',
    title: messages.column.status,
    width: 18,
    from: 84,
    cell: (container) => ({ text: shortStatus(container.Status), tone: 'muted' }),
  },
  {
    id: 'ports',
    title: messages.column.ports,
    width: { share: 3 },
    from: 108,
    cell: (container) => ({ text: publishedPorts(container), tone: 'muted' }),
  },
  { id: 'network', title: messages.column.network, width: 17, from: 132, align: 'right', cell: networkCell },
  { id: 'graph', title: '', width: 8, from: 50, cell: sparkCell },
  { id: 'cpu', title: messages.column.cpu, width: 6, align: 'right', cell: cpuCell },
  { id: 'memory', title: messages.column.memory, width: 6, from: 34, align: 'right', cell: memoryCell },
];

export const containersPane: Pane<ContainerSummary> = {
  id: 'containers',
  title: messages.pane.containers,
  items: (state) => state.containers,
  keyOf: (container) => container.Id,
  nameOf: containerName,
  searchText: (container) =>
    `${containerName(container)} ${container.Image} ${container.State} ${publishedPorts(container)}`,
  isShown: (container, state) => state.showStopped || isLive(container),
  columns,
  sorts: [
    { id: '', label: messages.sort.state, compare: (left, right) => stateRank(left) - stateRank(right) },
    { id: 'name', label: messages.sort.name, compare: () => 0 },
    {
      id: 'cpu',
      label: messages.sort.cpu,
      compare: byUse('cpu'),
    },
    {
      id: 'memory',
      label: messages.sort.memory,
      compare: byUse('memory'),
    },
    { id: 'age', label: messages.sort.age, compare: (left, right) => right.Created - left.Created },
  ],
  empty: emptyContainers,
  tabs: [
    { kind: 'logs', id: 'logs', title: messages.tab.logs, epoch: (container) => String(isLive(container)) },
    { kind: 'stats', id: 'stats', title: messages.tab.stats },
    {
      kind: 'document',
      id: 'inspect',
      title: messages.tab.inspect,
      epoch: stateEpoch,
      load: async (container, client) => treeLines(await client.getContainer(container.Id).inspect()),
    },
    {
      kind: 'document',
      id: 'top',
      title: messages.tab.top,
      everyMs: 2000,
      epoch: stateEpoch,
      load: async (container, client) => {
        if (!isLive(container)) return [line(messages.stats.notRunning, 'muted')];
        const top = await client.getContainer(container.Id).top();
        return columnLines(top.Titles, top.Processes);
      },
    },
    {
      kind: 'document',
      id: 'env',
      title: messages.tab.env,
      epoch: () => '',
      load: async (container, client) =>
        assignmentLines((await client.getContainer(container.Id).inspect()).Config.Env),
    },
    {
      kind: 'document',
      id: 'isolation',
      title: messages.tab.isolation,
      // A mount or a limit may change while one looks; more often would be work for nothing.
      everyMs: 5000,
      epoch: stateEpoch,
      load: async (container, client) => {
        if (!isLive(container)) return [line(messages.stats.notRunning, 'muted')];
        if (client.gantry === undefined) return [line(messages.isolation.unavailable, 'muted')];
        return isolationLines(await client.gantry.isolation(container.Id));
      },
    },
  ],
  itemBindings: containerBindings,
  paneBindings: containersPaneBindings,
};

function stateEpoch(container: ContainerSummary): string {
  return `${container.State} ${containerName(container)}`;
}

const STATE_ORDER = ['running', 'restarting', 'paused', 'created', 'removing', 'exited', 'dead'];

function stateRank(container: ContainerSummary): number {
  return STATE_ORDER.indexOf(container.State);
}

function byUse(measure: 'cpu' | 'memory'): Sort<ContainerSummary>['compare'] {
  return (left, right, state) => rankOf(right, state, measure) - rankOf(left, state, measure);
}

function rankOf(container: ContainerSummary, state: UiState, measure: 'cpu' | 'memory'): number {
  return state.histories.get(container.Id)?.rank[measure] ?? -1;
}

function stateCell(container: ContainerSummary, { state, theme }: CellContext): Span {
  const { glyphs } = theme;
  if (state.busy.has(container.Id)) {
    return { text: glyphs.spinner[state.spinnerFrame % glyphs.spinner.length] ?? '', tone: 'accent' };
  }
  switch (container.State) {
    case 'running':
      return { text: glyphs.running, tone: hasLostProcesses(container, state) ? 'warn' : 'good' };
    case 'paused':
      return { text: glyphs.paused, tone: 'warn' };
    case 'restarting':
      return { text: glyphs.paused, tone: 'accent' };
    case 'created':
      return { text: glyphs.created, tone: 'muted' };
    case 'dead':
      return { text: glyphs.failed, tone: 'bad' };
    default:
      return { text: glyphs.exited, tone: failedTone(container) };
  }
}

/** The kernel has killed some of its processes for their memory, and the container went on. */
function hasLostProcesses(container: ContainerSummary, state: UiState): boolean {
  return (state.histories.get(container.Id)?.last.oomKills ?? 0) > 0;
}

// 137 and 143 are how a stop normally ends: SIGKILL and SIGTERM.
function failedTone(container: ContainerSummary): Tone {
  if (container.OOMKilled === true) return 'bad';
  const code = exitCodeOf(container);
  return code === undefined || code === 0 || code === 137 || code === 143 ? 'muted' : 'bad';
}

function nameCell(container: ContainerSummary, { state }: CellContext): Span {
  const busy = state.busy.get(container.Id);
  const name = containerName(container);
  if (busy !== undefined) return { text: `${name} ${busy} …`, tone: 'accent' };
  return { text: name, tone: isLive(container) ? undefined : 'muted' };
}

function shortImage(container: ContainerSummary): string {
  return container.Image.replace(/^sha256:(.{12}).*/, '$1').replace(/^docker\.io\/(?:library\/)?/, '');
}

function sparkCell(container: ContainerSummary, { state, theme, width }: CellContext): Span {
  const history = state.histories.get(container.Id);
  if (history === undefined || !isLive(container)) return { text: '' };
  const shape = { width, height: 1, max: cpuCeiling(container, state), style: theme.graphStyle };
  const values = recent(history, 'cpu', samplesFor(shape));
  return { text: graphRows(values, shape)[0] ?? '', tone: 'cpu' };
}

function cpuCeiling(container: ContainerSummary, state: UiState): number {
  return 100 * (state.histories.get(container.Id)?.last.cpuLimitCores ?? 1);
}

function cpuCell(container: ContainerSummary, { state }: CellContext): Span {
  const history = state.histories.get(container.Id);
  if (history === undefined || history.count === 0) {
    return { text: exitText(container), tone: failedTone(container) };
  }
  const load = history.shown.cpu / cpuCeiling(container, state);
  return {
    text: formatPercent(history.shown.cpu),
    tone: load > 0.9 ? 'bad' : load > 0.6 ? 'warn' : history.shown.cpu < 0.05 ? 'muted' : undefined,
  };
}

function exitText(container: ContainerSummary): string {
  if (container.OOMKilled === true) return messages.outOfMemory;
  const code = exitCodeOf(container);
  return container.State === 'exited' && code !== undefined && code !== 0 ? `(${code})` : '';
}

function memoryCell(container: ContainerSummary, { state }: CellContext): Span {
  const history = state.histories.get(container.Id);
  if (history === undefined) return { text: '' };
  const limit = history.last.memoryLimitBytes;
  const share = limit === undefined ? 0 : history.shown.memory / limit;
  return {
    text: formatBytes(history.shown.memory),
    tone: share > 0.9 ? 'bad' : share > 0.7 ? 'warn' : undefined,
  };
}

function networkCell(container: ContainerSummary, { state, theme }: CellContext): Span {
  const history = state.histories.get(container.Id);
  if (history === undefined) return { text: '' };
  const { receive, transmit } = history.shown;
  const text = `${theme.glyphs.receive}${formatRate(receive)} ${theme.glyphs.transmit}${formatRate(transmit)}`;
  return { text, tone: receive + transmit < 1 ? 'muted' : undefined };
}

function emptyContainers(state: UiState): readonly (readonly Span[])[] {
  const { empty } = messages;
  if (state.containers.length > 0) return [line(empty.noContainersShown, 'muted')];
  if (state.images.length > 0)
    return [line(empty.noContainers, 'muted'), line(empty.createFromImage, 'muted')];
  const offer = (key: string, text: string): Span[] => [
    { text: `  ${key}  `, tone: 'key' },
    { text, tone: 'text' },
  ];
  return [
    line(empty.welcome, 'strong'),
    line(''),
    offer('h', empty.hosttools),
    offer('P', empty.pull),
    offer('L', empty.load),
    line(''),
    offer('n', empty.run),
  ];
}
