import type { Block } from '../screen/block.ts';
import { innerSize, type Rect } from '../layout.ts';
import { messages } from '../messages/en.ts';
import type { MountedPane } from '../panes/mounted-pane.ts';
import type { Theme } from '../theme.ts';
import { PANE_IDS, type UiState } from '../ui-store.ts';
import { renderFrame } from './frame.ts';
import type { Row } from './line.ts';
import { line, renderLine, type Line } from './line.ts';

interface Place {
  readonly state: UiState;
  readonly theme: Theme;
  readonly rect: Rect;
  /** The detail area explains an empty list at length. */
  readonly hasDetail: boolean;
}

/** One list: a frame with its title, or only a title line where there is no room for more. */
export function paneBlock(pane: MountedPane, place: Place): Block {
  const { rect } = place;
  const lines = rect.height < 3 ? [collapsed(pane, place)] : framed(pane, place);
  return { x: rect.x, y: rect.y, width: rect.width, lines };
}

function collapsed(pane: MountedPane, { state, theme, rect }: Place): string {
  const spans: Line = [
    { text: `${theme.glyphs.horizontal}${theme.glyphs.horizontal} `, tone: 'border' },
    ...title(pane, state),
    { text: ` ${count(pane, state)} `, tone: 'muted' },
    { text: theme.glyphs.horizontal.repeat(rect.width), tone: 'border' },
  ];
  return renderLine(spans, rect.width, {
    ...theme,
    glyphs: { ...theme.glyphs, ellipsis: theme.glyphs.horizontal },
  });
}

function framed(pane: MountedPane, place: Place): string[] {
  const { state, theme, rect } = place;
  const focused = state.focus === pane.id && state.place === 'list';
  const size = innerSize(rect);
  const picture = pane.rows(state, { ...size, theme, focused });
  const rows: readonly Row[] =
    picture.rows.length > 0
      ? picture.rows
      : emptyLines(pane, place).map((text) => ({ line: [{ text: ' ' }, ...text] }));
  return renderFrame(
    {
      ...rect,
      title: title(pane, state),
      note: count(pane, state),
      foot: filterText(pane, state),
      focused: focused && state.dialog === undefined,
      rows: picture.header === undefined ? rows : [{ line: picture.header }, ...rows],
      scroll: { first: picture.first, total: picture.total + (picture.header === undefined ? 0 : 1) },
    },
    theme,
  );
}

function emptyLines(pane: MountedPane, { state, hasDetail }: Place): readonly Line[] {
  const lines = pane.empty(state);
  return hasDetail && lines.length > 1 ? [line(messages.empty.none(pane.title), 'muted')] : lines;
}

function title(pane: MountedPane, state: UiState): Line {
  const focused = state.focus === pane.id;
  return [
    { text: `${PANE_IDS.indexOf(pane.id) + 1} `, tone: focused ? 'accent' : 'muted' },
    { text: pane.title, tone: focused ? 'titleFocused' : 'title' },
  ];
}

function count(pane: MountedPane, state: UiState): string {
  const { shown, all } = pane.counts(state);
  return shown === all ? String(all) : `${shown}/${all}`;
}

function filterText(pane: MountedPane, state: UiState): string {
  const { filter } = state.panes[pane.id];
  return filter === '' ? '' : `/${filter}`;
}
