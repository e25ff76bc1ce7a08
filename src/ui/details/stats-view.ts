// The Stats tab: four graphs on fixed axes. Memory is shown against its limit (or the machine's memory), CPU against its
// quota (or all cores); rates have no end, so their axis grows in calm steps.
import { line, lineWidth, type Line, type Span } from '../components/line.ts';
import { formatBytes, formatPercent, formatRate } from '../format.ts';
import { messages } from '../messages/en.ts';
import type { Theme, Tone } from '../theme.ts';
import type { HostFacts } from '../ui-store.ts';
import { graphRows, rateAxis, samplesFor } from './graph.ts';
import { peak, recent, type History, type Measure } from './history.ts';

const text = messages.stats;
const AXIS_WIDTH = 7;
/** From here on two graphs stand side by side. */
const TWO_COLUMNS_FROM = 112;
const GAP = 3;

interface Size {
  readonly width: number;
  readonly height: number;
}

interface Drawing extends Size {
  readonly theme: Theme;
}

export function statsLines(history: History, host: HostFacts | undefined, drawing: Drawing): Line[] {
  if (history.count === 0) return [line(` ${text.waiting}`, 'muted')];
  const wide = drawing.width >= TWO_COLUMNS_FROM;
  const width = wide ? Math.floor((drawing.width - GAP) / 2) : drawing.width;
  const facts = factLines(history);
  const room = drawing.height - facts.length;
  const stacked = wide ? 2 : 4;
  const heightOf = (index: number): number => {
    const place = wide ? Math.floor(index / 2) : index;
    return Math.max(1, Math.floor(room / stacked) + (place < room % stacked ? 1 : 0));
  };
  const cards = CARDS.map((card, index) =>
    card(history, host, { ...drawing, width, height: heightOf(index) }),
  );
  const body = wide
    ? [...beside(cards[0], cards[1], width), ...beside(cards[2], cards[3], width)]
    : cards.flat();
  return [...body.slice(0, Math.max(0, drawing.height - facts.length)), ...facts];
}

type Card = (history: History, host: HostFacts | undefined, drawing: Drawing) => Line[];

const CARDS: readonly Card[] = [cpuCard, memoryCard, networkCard, blockCard];

function beside(left: Line[] = [], right: Line[] = [], width = 0): Line[] {
  return Array.from({ length: Math.max(left.length, right.length) }, (_, index) => {
    const first = left[index] ?? [];
    return [...first, { text: ' '.repeat(width - lineWidth(first) + GAP) }, ...(right[index] ?? [])];
  });
}

function cpuCard(history: History, host: HostFacts | undefined, drawing: Drawing): Line[] {
  const cores = history.last.cpuLimitCores ?? host?.cores ?? 1;
  const max = cores * 100;
  const throttled = history.throttledPercent;
  const head = heading(drawing.width, {
    title: text.cpu,
    value: formatPercent(history.shown.cpu),
    limit: `${text.of} ${text.core(cores)}`,
    note: [
      ...(throttled >= 0.1
        ? [{ text: `${text.throttled} ${formatPercent(throttled)}  `, tone: 'warn' as const }]
        : []),
      { text: `${text.peak} ${formatPercent(peak(history, 'cpu'))}`, tone: 'muted' },
    ],
  });
  return [head, ...singleGraph(history, { measure: 'cpu', max, label: `${Math.round(max)}%` }, drawing)];
}

function memoryCard(history: History, host: HostFacts | undefined, drawing: Drawing): Line[] {
  const limit = history.last.memoryLimitBytes;
  const max = limit ?? host?.memoryBytes ?? Math.max(1, peak(history, 'memory') * 1.25);
  const head = heading(drawing.width, {
    title: text.memory,
    value: formatBytes(history.shown.memory),
    limit: limit === undefined ? text.noLimit : `${text.of} ${formatBytes(limit)}`,
    note: [{ text: `${text.peak} ${formatBytes(peak(history, 'memory'))}`, tone: 'muted' }],
  });
  return [head, ...singleGraph(history, { measure: 'memory', max, label: formatBytes(max) }, drawing)];
}

function networkCard(history: History, _host: HostFacts | undefined, drawing: Drawing): Line[] {
  const { receive, transmit } = drawing.theme.glyphs;
  const head = heading(drawing.width, {
    title: text.network,
    value: `${receive} ${formatRate(history.shown.receive)}  ${transmit} ${formatRate(history.shown.transmit)}`,
    limit: '',
    note: totals(
      `${receive} ${formatBytes(history.last.networkRxBytes)}`,
      `${transmit} ${formatBytes(history.last.networkTxBytes)}`,
    ),
  });
  return [head, ...mirroredGraph(history, ['receive', 'transmit'], drawing)];
}

function blockCard(history: History, _host: HostFacts | undefined, drawing: Drawing): Line[] {
  const head = heading(drawing.width, {
    title: text.block,
    value: `${text.read} ${formatRate(history.shown.read)}  ${text.write} ${formatRate(history.shown.write)}`,
    limit: '',
    note: totals(formatBytes(history.last.blockReadBytes), formatBytes(history.last.blockWriteBytes)),
  });
  return [head, ...mirroredGraph(history, ['read', 'write'], drawing)];
}

function totals(incoming: string, outgoing: string): Span[] {
  return [{ text: `${text.total} ${incoming}  ${outgoing}`, tone: 'muted' }];
}

interface Heading {
  readonly title: string;
  readonly value: string;
  readonly limit: string;
  /** At the right edge, when there is room. */
  readonly note: Line;
}

function heading(width: number, { title, value, limit, note }: Heading): Line {
  const left: Span[] = [
    { text: ` ${title.padEnd(10)}`, tone: 'accent' },
    { text: value, tone: 'strong' },
    { text: limit === '' ? '' : ` ${limit}`, tone: 'muted' },
  ];
  const space = width - lineWidth(left) - lineWidth(note) - 1;
  return space < 2 ? left : [...left, { text: ' '.repeat(space) }, ...note];
}

function singleGraph(
  history: History,
  axis: { readonly measure: 'cpu' | 'memory'; readonly max: number; readonly label: string },
  drawing: Drawing,
): Line[] {
  const height = graphHeight(drawing);
  if (height === 0) return [];
  const shape = {
    width: drawing.width - AXIS_WIDTH - 1,
    height,
    max: axis.max,
    style: drawing.theme.graphStyle,
  };
  const rows = graphRows(recent(history, axis.measure, samplesFor(shape)), shape);
  const lines = rows.map((row, index): Line => {
    const share = (height - index) / height;
    return [
      axisLabel(index === 0 ? axis.label : index === height - 1 ? '0' : '', drawing.theme),
      { text: row, tone: loadTone(axis.measure, share) },
    ];
  });
  return spaced(lines, drawing);
}

// The higher a row, the warmer: a glance tells how near the limit is.
function loadTone(base: Tone, share: number): Tone {
  if (share > 0.9) return 'bad';
  return share > 0.7 ? 'warn' : base;
}

function mirroredGraph(history: History, [up, down]: readonly [Measure, Measure], drawing: Drawing): Line[] {
  const height = graphHeight(drawing);
  if (height < 2) return [];
  const upper = Math.ceil(height / 2);
  const max = rateAxis(Math.max(peak(history, up), peak(history, down)));
  const shape = { width: drawing.width - AXIS_WIDTH - 1, max, style: drawing.theme.graphStyle };
  const count = samplesFor(shape);
  const rising = graphRows(recent(history, up, count), { ...shape, height: upper });
  const falling = graphRows(recent(history, down, count), {
    ...shape,
    height: height - upper,
    hanging: true,
  });
  const label = formatRate(max).replace('.0', '');
  const lines = [
    ...rising.map((row, index): Line => [
      axisLabel(index === 0 ? label : '', drawing.theme),
      { text: row, tone: 'receive' },
    ]),
    ...falling.map((row, index): Line => [
      axisLabel(index + upper === height - 1 ? label : '', drawing.theme),
      { text: row, tone: 'transmit' },
    ]),
  ];
  return spaced(lines, drawing);
}

// One row is the heading, one the space below, where there is room for it.
function graphHeight(drawing: Size): number {
  if (drawing.height <= 3) return Math.max(0, drawing.height - 1);
  return drawing.height - 2;
}

function spaced(lines: Line[], drawing: Size): Line[] {
  return drawing.height > 3 ? [...lines, line('')] : lines;
}

function axisLabel(text: string, theme: Theme): Span {
  return { text: `${text.padStart(AXIS_WIDTH - 1)}${theme.glyphs.vertical}`, tone: 'muted' };
}

function factLines(history: History): Line[] {
  const { last } = history;
  const facts: Span[] = [
    { text: ` ${text.pids} `, tone: 'muted' },
    { text: String(last.pids) },
    { text: last.pidsLimit === undefined ? '' : ` ${text.of} ${last.pidsLimit}`, tone: 'muted' },
  ];
  if (last.oomKills !== undefined) {
    facts.push(
      { text: `   ${text.oomKills} `, tone: 'muted' },
      { text: String(last.oomKills), tone: last.oomKills > 0 ? 'bad' : undefined },
    );
  }
  const pressure = Object.entries(last.pressure ?? {}).map(
    ([name, averages]) => `${name} ${averages.avg10.toFixed(1)}%`,
  );
  if (pressure.length > 0) {
    facts.push({ text: `   ${text.pressure} `, tone: 'muted' }, { text: pressure.join('  ') });
  }
  return [facts];
}
