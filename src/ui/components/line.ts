// Text as data: a Line is spans with tones. It is measured, cut and cleaned here, in one place, so that nothing that a
// container, an image or a registry says can break the screen.
import stringWidth from 'string-width';
import type { Theme, Tone } from '../theme.ts';

export interface Span {
  readonly text: string;
  readonly tone?: Tone | undefined;
  /** SGR parameters of the source itself (logs). */
  readonly sgr?: readonly string[] | undefined;
}

export type Line = readonly Span[];

export function line(text: string, tone?: Tone): Line {
  return [{ text, tone }];
}

// ASCII and our own glyphs: one column a code unit. Ambiguous-width characters count as one, as terminals show them.
const PLAIN =
  /^[\u0020-\u007E\u00A0-\u00AC\u00AE-\u00FF\u2013\u2014\u2018-\u201D\u2022\u2026\u2190-\u2193\u2500-\u259F\u25A0-\u25FC\u2800-\u28FF]*$/;
// C0 and C1 controls, bidi overrides, invisible characters, lone surrogates.
const HOSTILE =
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  /[\u0000-\u001F\u007F-\u009F\u00AD\u061C\u200B-\u200F\u2028-\u202E\u2060-\u206F\uFEFF\uFFF9-\uFFFB]|\p{Cs}/gu;

/** Columns that a terminal spends on the text. */
export function cellWidth(text: string): number {
  return PLAIN.test(text) ? text.length : stringWidth(text);
}

/** Replaces what could move the cursor, change modes or hide text; a tab becomes spaces. */
export function cleanText(text: string): string {
  if (PLAIN.test(text)) return text;
  return text.replaceAll('\t', '    ').replace(HOSTILE, '·');
}

/** Cuts to at most `width` columns, with an ellipsis where something was lost. */
export function cutText(text: string, width: number, ellipsis = '…'): string {
  if (width <= 0) return '';
  if (cellWidth(text) <= width) return text;
  return takeCells(text, width - 1) + ellipsis;
}

/** Its end, where that says more than its start. */
export function cutStart(text: string, width: number, ellipsis = '…'): string {
  if (width <= 0 || cellWidth(text) <= width) return cutText(text, width);
  const reversed = Array.from(segmenter.segment(text), ({ segment }) => segment).toReversed();
  let end = '';
  for (const segment of reversed) {
    if (cellWidth(segment + end) > width - 1) break;
    end = segment + end;
  }
  return ellipsis + end;
}

/** The longest start of the text that needs at most `width` columns. */
export function takeCells(text: string, width: number): string {
  if (PLAIN.test(text)) return text.slice(0, Math.max(0, width));
  let taken = '';
  let used = 0;
  for (const { segment } of segmenter.segment(text)) {
    const cells = stringWidth(segment);
    if (used + cells > width) break;
    taken += segment;
    used += cells;
  }
  return taken;
}

const segmenter = new Intl.Segmenter();

export function padEnd(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - cellWidth(text)));
}

export function padStart(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - cellWidth(text))) + text;
}

export function lineWidth(spans: Line): number {
  let width = 0;
  for (const span of spans) width += cellWidth(span.text);
  return width;
}

export interface Row {
  readonly line: Line;
  /** Paints the whole row: a selected one. */
  readonly tone?: Tone | undefined;
}

/** Exactly `width` columns, painted. */
export function renderLine(spans: Line, width: number, theme: Theme): string {
  return renderRow({ line: spans }, width, theme);
}

export function renderRow({ line: spans, tone }: Row, width: number, theme: Theme): string {
  let left = width;
  let painted = '';
  for (const span of spans) {
    if (left <= 0) break;
    const text = cutText(theme.encode(cleanText(span.text)), left, theme.glyphs.ellipsis);
    left -= cellWidth(text);
    painted += tone === undefined ? paintSpan(span, text, theme) : text;
  }
  const all = painted + ' '.repeat(Math.max(0, left));
  return tone === undefined ? all : theme.paint(tone, all);
}

function paintSpan(span: Span, text: string, theme: Theme): string {
  if (span.sgr !== undefined && span.sgr.length > 0) return theme.paintRaw(span.sgr, text);
  return span.tone === undefined ? text : theme.paint(span.tone, text);
}

/** Breaks a line into lines of at most `width` columns. */
export function wrapLine(spans: Line, width: number): Line[] {
  if (width <= 0 || lineWidth(spans) <= width) return [spans];
  const rows: Span[][] = [[]];
  let left = width;
  for (const span of spans) {
    let rest = cleanText(span.text);
    while (rest !== '') {
      const part = takeCells(rest, left);
      if (part === '' && left === width) break;
      if (part !== '') rows.at(-1)?.push({ ...span, text: part });
      rest = rest.slice(part.length);
      left -= cellWidth(part);
      if (rest === '') break;
      rows.push([]);
      left = width;
    }
  }
  return rows;
}

/** Breaks between words where a line would be too long, inside a word only where it is longer than a line. */
export function wrapWords(content: string, width: number): Line[] {
  const lines: string[] = [''];
  for (const word of content.split(' ')) {
    const last = lines.at(-1) ?? '';
    const longer = last === '' ? word : `${last} ${word}`;
    if (cellWidth(longer) <= width || last === '') lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines.flatMap((part) => wrapLine(line(part), width));
}
