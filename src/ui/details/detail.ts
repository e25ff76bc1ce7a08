// What the detail area shows for the selection and its open tab.
import type { Row } from '../components/line.ts';
import { line, lineWidth, wrapLine, type Line, type Span } from '../components/line.ts';
import { innerSize, layoutFor } from '../layout.ts';
import { messages } from '../messages/en.ts';
import { panes } from '../panes/index.ts';
import type { MountedTab } from '../panes/mounted-pane.ts';
import type { Theme } from '../theme.ts';
import type { UiState } from '../ui-store.ts';
import { logFoot, logPlaceholder, logWindow } from './log-view.ts';
import { statsLines } from './stats-view.ts';

export interface DetailPicture {
  readonly title: Line;
  readonly note: string;
  readonly foot: string;
  readonly rows: readonly Row[];
  readonly scroll: { readonly first: number; readonly total: number } | undefined;
}

interface Size {
  readonly width: number;
  readonly height: number;
}

export function detailPicture(state: UiState, theme: Theme, size: Size): DetailPicture {
  const pane = panes[state.focus];
  const tab = pane.activeTab(state);
  const note = pane.selection(state)?.name ?? '';
  const base = { title: tabTitles(state, tab), note };
  if (tab === undefined) return { ...base, foot: '', rows: welcome(state), scroll: undefined };
  return { ...base, ...tabPicture(state, tab, { theme, ...size }) };
}

/** Columns and rows that the detail's content has now; zero when it is not on screen. */
export function detailSize(state: UiState): Size {
  const layout = layoutFor(state);
  if (layout.kind !== 'screen' || layout.detail === undefined) return { width: 0, height: 0 };
  return innerSize(layout.detail);
}

function tabTitles(state: UiState, active: MountedTab | undefined): Line {
  return panes[state.focus]
    .tabs(state)
    .flatMap((tab, index): Span[] => [
      { text: index === 0 ? '' : '  ' },
      { text: tab.title, tone: tab.id === active?.id ? 'titleFocused' : 'muted' },
    ]);
}

function welcome(state: UiState): Row[] {
  return panes[state.focus].empty(state).map((text) => ({ line: [{ text: ' ' }, ...text] }));
}

type TabPicture = Omit<DetailPicture, 'title' | 'note'>;

function tabPicture(state: UiState, tab: MountedTab, options: Size & { readonly theme: Theme }): TabPicture {
  switch (tab.kind) {
    case 'logs':
      return logPicture(state, tab, options);
    case 'stats':
      return statsPicture(state, options);
    case 'document':
      return documentPicture(state, tab, options);
  }
}

function logPicture(state: UiState, tab: MountedTab, options: Size & { readonly theme: Theme }): TabPicture {
  const { logs, view } = state;
  // The lines of another container would be worse than none.
  if (logs === undefined || !sameObject(logs.subject, tab.subject))
    return single(line(` ${messages.logs.loading}`, 'muted'));
  if (logs.buffer.length === 0) return single([{ text: ' ' }, ...logPlaceholder(logs)]);
  const window = logWindow(logs.buffer, { view, ...options });
  return {
    rows: window.rows,
    foot: searchFoot(state) + logFoot(logs, window.below, view.logTop === 'follow'),
    scroll: { first: window.top - logs.buffer.first, total: logs.buffer.length },
  };
}

function sameObject(left: string, right: string): boolean {
  return left.split('\n')[0] === right.split('\n')[0];
}

function searchFoot({ view }: UiState): string {
  return view.search === '' ? '' : `/${view.search}  `;
}

function statsPicture(state: UiState, options: Size & { readonly theme: Theme }): TabPicture {
  const key = panes.containers.selection(state)?.key ?? '';
  const history = state.histories.get(key);
  if (history === undefined) return single(line(` ${messages.stats.notRunning}`, 'muted'));
  return {
    rows: statsLines(history, state.host, options).map((text) => ({ line: text })),
    foot: '',
    scroll: undefined,
  };
}

function documentPicture(state: UiState, tab: MountedTab, size: Size): TabPicture {
  const { detail } = state;
  if (detail.kind === 'none' || !sameObjectAndTab(detail.subject, tab.subject) || detail.kind === 'loading') {
    return single(line(` ${messages.loading}`, 'muted'));
  }
  if (detail.kind === 'failed') return single(line(` ${detail.message}`, 'bad'));
  const lines = documentLines(detail.lines, state.view.wrap, size.width);
  const first = clampScroll(state.view.scroll, lines.length, size.height);
  return {
    rows: lines.slice(first, first + size.height).map((text) => ({ line: [{ text: ' ' }, ...text] })),
    foot: '',
    scroll: { first, total: lines.length },
  };
}

function sameObjectAndTab(left: string, right: string): boolean {
  return left.split('\n', 2).join('\n') === right.split('\n', 2).join('\n');
}

function documentLines(lines: readonly Line[], wrap: boolean, width: number): readonly Line[] {
  if (!wrap) return lines;
  return lines.flatMap((text) => (lineWidth(text) < width - 1 ? [text] : wrapLine(text, width - 1)));
}

export function clampScroll(scroll: number, total: number, height: number): number {
  return Math.max(0, Math.min(scroll, total - height));
}

function single(text: Line): TabPicture {
  return { rows: [{ line: text }], foot: '', scroll: undefined };
}
