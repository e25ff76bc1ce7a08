// A rectangle with a border: title, corner texts, rows and scroll mark drawn together.
import { cellWidth, cleanText, cutText, renderLine, renderRow, type Line, type Row } from './line.ts';
import type { Theme, Tone } from '../theme.ts';

export interface Frame {
  readonly width: number;
  readonly height: number;
  readonly title: Line;
  /** At the right of the top border. */
  readonly note?: string;
  /** At the right of the bottom border. */
  readonly foot?: string;
  readonly focused: boolean;
  /** Overrides the border's tone: dialogs. */
  readonly tone?: Tone;
  readonly rows: readonly Row[];
  /** Position of the rows in a longer list; draws a thumb on the right border. */
  readonly scroll?: { readonly first: number; readonly total: number };
}

/** `height` lines of exactly `width` columns. */
export function renderFrame(frame: Frame, theme: Theme): string[] {
  const inner = frame.width - 2;
  const body = frame.height - 2;
  const tone = frame.tone ?? (frame.focused ? 'borderFocused' : 'border');
  const side = theme.paint(tone, theme.glyphs.vertical);
  const lines = [topBorder(frame, tone, theme)];
  for (let index = 0; index < body; index++) {
    const row = frame.rows[index];
    const text = row === undefined ? ' '.repeat(inner) : renderRow(row, inner, theme);
    lines.push(
      side + text + (isThumb(frame, index, body) ? theme.paint(tone, theme.glyphs.scrollThumb) : side),
    );
  }
  if (frame.height > 1) lines.push(bottomBorder(frame, tone, theme));
  return lines;
}

function topBorder(frame: Frame, tone: Tone, theme: Theme): string {
  const { glyphs } = theme;
  const room = frame.width - 4;
  const note = frame.note === undefined || frame.note === '' ? '' : ` ${plainText(frame.note, theme)} `;
  const titleText = frame.title.map((span) => span.text).join('');
  const titleRoom = Math.max(0, room - 2);
  const titleWidth = Math.min(cellWidth(titleText), titleRoom);
  const title = titleWidth === 0 ? '' : ` ${renderLine(frame.title, titleWidth, theme)} `;
  const shownNote = cellWidth(note) + titleWidth + 3 <= room ? note : '';
  const fill = frame.width - 4 - (titleWidth === 0 ? 0 : titleWidth + 2) - cellWidth(shownNote);
  return (
    theme.paint(tone, glyphs.topLeft + glyphs.horizontal) +
    title +
    theme.paint(tone, glyphs.horizontal.repeat(Math.max(0, fill))) +
    theme.paint('muted', shownNote) +
    theme.paint(tone, glyphs.horizontal + glyphs.topRight)
  );
}

function bottomBorder(frame: Frame, tone: Tone, theme: Theme): string {
  const { glyphs } = theme;
  const foot =
    frame.foot === undefined || frame.foot === ''
      ? ''
      : ` ${cutText(plainText(frame.foot, theme), frame.width - 8, theme.glyphs.ellipsis)} `;
  const fill = frame.width - 3 - cellWidth(foot);
  return (
    theme.paint(tone, glyphs.bottomLeft + glyphs.horizontal.repeat(Math.max(0, fill))) +
    theme.paint('muted', foot) +
    theme.paint(tone, glyphs.horizontal + glyphs.bottomRight)
  );
}

function plainText(text: string, theme: Theme): string {
  return theme.encode(cleanText(text));
}

function isThumb(frame: Frame, index: number, body: number): boolean {
  if (frame.scroll === undefined || frame.scroll.total <= body) return false;
  const { first, total } = frame.scroll;
  const size = Math.max(1, Math.round((body * body) / total));
  const start = Math.round((first / Math.max(1, total - body)) * (body - size));
  return index >= start && index < start + size;
}
