// A typed line with its cursor, scrolled so that the cursor is visible.
import { characterAt } from '../keys/text-edit.ts';
import type { Theme } from '../theme.ts';
import { cellWidth, takeCells, type Span } from './line.ts';

export interface TextField {
  readonly value: string;
  /** Undefined: not focused. */
  readonly cursor: number | undefined;
  readonly width: number;
  /** Shown in an empty field. */
  readonly placeholder?: string;
}

/** Code units that a column can be worth measuring: letters with marks and joined emoji have several. */
const MOST_UNITS = 8;

export function textFieldSpans(field: TextField, _theme: Theme): Span[] {
  const { value, cursor, width } = field;
  if (cursor === undefined) {
    return value === ''
      ? [{ text: field.placeholder ?? '', tone: 'muted' }]
      : [{ text: takeCells(value, width) }];
  }
  let start = Math.max(0, cursor - width * MOST_UNITS);
  while (start < cursor && cellWidth(value.slice(start, cursor)) >= width) start++;
  const under = characterAt(value === '' ? (field.placeholder ?? '') : value, cursor);
  return [
    { text: value.slice(start, cursor), tone: 'strong' },
    { text: under === '' ? ' ' : under, tone: 'button' },
    value === ''
      ? { text: (field.placeholder ?? '').slice(1), tone: 'muted' }
      : { text: value.slice(cursor + under.length), tone: 'strong' },
  ];
}
