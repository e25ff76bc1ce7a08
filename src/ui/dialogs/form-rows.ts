// What forms share: keys that move between fields, fields with a label, a note below, and a window where rows are few.
import { line, wrapWords, type Row } from '../components/line.ts';
import { textFieldSpans } from '../components/text-field.ts';
import type { Theme, Tone } from '../theme.ts';
import type { DialogPicture } from './picture.ts';

/** How many fields a key goes on; undefined for keys that do something else. */
export function fieldStep(chord: string): 1 | -1 | undefined {
  if (chord === 'tab' || chord === 'down') return 1;
  return chord === 'S-tab' || chord === 'up' ? -1 : undefined;
}

export interface LabelledField {
  readonly label: string;
  readonly labelWidth: number;
  readonly tone: Tone;
  readonly value: string;
  /** Undefined: not focused. */
  readonly cursor: number | undefined;
  readonly placeholder: string;
}

/** @param width of the dialog */
export function fieldRow(field: LabelledField, width: number, theme: Theme): Row {
  const { label, labelWidth, tone, value, cursor, placeholder } = field;
  const room = width - labelWidth - 4;
  return {
    line: [
      { text: ` ${label.padEnd(labelWidth)}`, tone },
      ...textFieldSpans({ value, cursor, width: room, placeholder }, theme),
    ],
  };
}

/** The error where there is one, else the hint. */
export function noteRows(
  { error = '', hint }: { readonly error?: string; readonly hint: string },
  width: number,
): Row[] {
  const tone: Tone = error === '' ? 'muted' : 'bad';
  return wrapWords(error === '' ? hint : error, width - 4).map((part) => ({
    line: [{ text: ' ' }, ...part.map((span) => ({ ...span, tone }))],
  }));
}

export interface FormRoom {
  readonly focused: number;
  /** Rows that the dialog may have. */
  readonly height: number;
  /** Before which fields an empty row stands, where there is room for all. */
  readonly gaps: readonly number[];
}

/** Where a screen has too few rows for all fields, those around the focused one are shown. */
export function formRows(
  fields: readonly Row[],
  foot: readonly Row[],
  { focused, height, gaps }: FormRoom,
): Pick<DialogPicture, 'rows' | 'scroll'> {
  const below = [{ line: line('') }, ...foot];
  const room = Math.max(3, height - FRAME_ROWS - below.length);
  if (fields.length + gaps.length <= room) {
    const spaced = fields.flatMap((row, index) => (gaps.includes(index) ? [{ line: line('') }, row] : [row]));
    return { rows: [...spaced, ...below] };
  }
  const { shown, scroll } = rowsAround(focused, fields, room);
  return { rows: [...shown, ...below], ...scroll };
}

/** At most `room` rows, with the focused one among them. */
export function rowsAround(
  focused: number,
  rows: readonly Row[],
  room: number,
): { readonly shown: readonly Row[]; readonly scroll: Pick<DialogPicture, 'scroll'> } {
  const first = Math.max(0, Math.min(focused - Math.floor(room / 2), rows.length - room));
  const scroll = rows.length <= room ? {} : { scroll: { first, total: rows.length } };
  return { shown: rows.slice(first, first + room), scroll };
}

/** Border above and below, and an empty row. */
export const FRAME_ROWS = 3;
