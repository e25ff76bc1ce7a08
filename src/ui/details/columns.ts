// A small table inside a document tab: columns as wide as their longest cell, the last one takes the rest.
import { cellWidth, padEnd, type Line } from '../components/line.ts';

const WIDEST = 40;

export function columnLines(titles: readonly string[], rows: readonly (readonly string[])[]): Line[] {
  const widths = titles.map((title, index) =>
    Math.min(WIDEST, Math.max(cellWidth(title), ...rows.map((row) => cellWidth(row[index] ?? '')))),
  );
  const format = (cells: readonly string[]): string =>
    cells
      .map((cell, index) => (index === titles.length - 1 ? cell : padEnd(cell, widths[index] ?? 0)))
      .join('  ');
  return [[{ text: format(titles), tone: 'heading' }], ...rows.map((row): Line => [{ text: format(row) }])];
}
