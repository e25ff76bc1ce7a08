import { formatBytes, formatPercent } from '../format.ts';
import { messages } from '../messages/en.ts';
import type { Block } from '../screen/block.ts';
import type { Theme } from '../theme.ts';
import type { UiState } from '../ui-store.ts';
import { lineWidth, renderLine, type Line } from './line.ts';

interface Props {
  readonly state: UiState;
  readonly theme: Theme;
}

/** The first row: who we are, where, and what all containers together take. */
export function headerBlock({ state, theme }: Props): Block {
  const { columns } = state.viewport;
  const left = place(state, theme);
  const right = totals(state, theme);
  const space = columns - lineWidth(left) - lineWidth(right);
  const all: Line = space > 1 ? [...left, { text: ' '.repeat(space) }, ...right] : left;
  return { x: 0, y: 0, width: columns, lines: [renderLine(all, columns, theme)] };
}

function place(state: UiState, theme: Theme): Line {
  const { connection, host } = state;
  const brand: Line = [{ text: ` ${messages.brand}`, tone: 'brand' }];
  if (connection.kind === 'broken') {
    return [...brand, { text: `  ${messages.connectionBroken(connection.reason)}`, tone: 'bad' }];
  }
  if (host === undefined) return [...brand, { text: `  ${messages.connecting}`, tone: 'muted' }];
  const separator = ` ${theme.glyphs.separator} `;
  return [...brand, { text: `  ${host.name}${separator}${messages.host.cores(host.cores)}`, tone: 'muted' }];
}

function totals(state: UiState, theme: Theme): Line {
  const running = state.containers.filter((container) => container.State === 'running').length;
  let cpu = 0;
  let memory = 0;
  for (const history of state.histories.values()) {
    cpu += history.shown.cpu;
    memory += history.shown.memory;
  }
  const separator = ` ${theme.glyphs.separator} `;
  const limit = state.host === undefined ? '' : ` / ${formatBytes(state.host.memoryBytes)}`;
  return [
    {
      text: messages.host.containers(running, state.containers.length),
      tone: running > 0 ? 'good' : 'muted',
    },
    { text: `${separator}${messages.host.cpu} `, tone: 'muted' },
    { text: formatPercent(cpu) },
    { text: `${separator}${messages.host.memory} `, tone: 'muted' },
    { text: formatBytes(memory) },
    { text: `${limit} `, tone: 'muted' },
  ];
}
