import { stripVTControlCharacters } from 'node:util';

const MIN_WIDTH = 10;
const PADDING = 3;

/** Lines of cells parted by tabs → columns as Go's tabwriter(10, 1, 3) sets them; the last cell of a line is not padded. */
export function alignTabs(lines: readonly string[], minWidth = MIN_WIDTH): string[] {
  const rows = lines.map((line) => line.split('\t'));
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, cell] of row.slice(0, -1).entries()) {
      widths[column] = Math.max(widths[column] ?? minWidth, cellWidth(cell) + PADDING);
    }
  }
  return rows.map((row) =>
    row.map((cell, column) => (column === row.length - 1 ? cell : pad(cell, widths[column] ?? 0))).join(''),
  );
}

export const alignRows = (rows: readonly (readonly string[])[], minWidth = MIN_WIDTH): string[] =>
  alignTabs(
    rows.map((row) => row.join('\t')),
    minWidth,
  );

/** Characters, as Go counts them. */
const cellWidth = (text: string): number => Array.from(stripVTControlCharacters(text)).length;

const pad = (cell: string, width: number): string => cell + ' '.repeat(Math.max(0, width - cellWidth(cell)));
