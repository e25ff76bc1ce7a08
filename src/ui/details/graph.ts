// Filled graphs of one character cell a column: braille (two samples and four levels a cell), blocks or ASCII.
// The axis is fixed by the caller: a graph never stretches noise to full height.
import type { GraphStyle } from '../theme.ts';

export interface GraphShape {
  readonly width: number;
  readonly height: number;
  /** The value at the top edge. */
  readonly max: number;
  readonly style: GraphStyle;
  /** Hangs from the top edge: the lower half of a mirrored pair. */
  readonly hanging?: boolean;
}

/** How many samples fill the width. */
export function samplesFor(shape: Pick<GraphShape, 'width' | 'style'>): number {
  return shape.style === 'braille' ? shape.width * 2 : shape.width;
}

/** `height` rows of `width` columns, newest sample at the right edge. */
export function graphRows(values: readonly number[], shape: GraphShape): string[] {
  const steps = STEPS[shape.style];
  const perCell = shape.style === 'braille' ? 2 : 1;
  const slots = shape.width * perCell;
  const shown = values.slice(-slots);
  const levels = [
    ...Array.from({ length: slots - shown.length }, () => 0),
    ...shown.map((value) => levelOf(value, shape, steps)),
  ];
  const rows: string[] = [];
  for (let row = 0; row < shape.height; row++) {
    const below = (shape.hanging === true ? row : shape.height - 1 - row) * steps;
    let text = '';
    for (let column = 0; column < shape.width; column++) {
      const first = clamp((levels[column * perCell] ?? 0) - below, steps);
      const second = perCell === 2 ? clamp((levels[column * 2 + 1] ?? 0) - below, steps) : first;
      text += glyph(shape, first, second);
    }
    rows.push(text);
  }
  return rows;
}

const STEPS: Readonly<Record<GraphStyle, number>> = { braille: 4, block: 8, ascii: 2 };

// A sample that exists is never invisible: an idle container draws its base line.
function levelOf(value: number, shape: GraphShape, steps: number): number {
  if (shape.max <= 0) return 1;
  return Math.max(1, Math.min(shape.height * steps, Math.round((value / shape.max) * shape.height * steps)));
}

function clamp(level: number, steps: number): number {
  return Math.max(0, Math.min(steps, level));
}

const LEFT_DOTS = [0x40, 0x04, 0x02, 0x01];
const RIGHT_DOTS = [0x80, 0x20, 0x10, 0x08];
const BLOCKS = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
// Blocks that hang exist only in halves.
const HANGING_BLOCKS = [' ', '▔', '▔', '▀', '▀', '▀', '▀', '█', '█'];
const ASCII_UP = [' ', '.', ':'];
const ASCII_DOWN = [' ', "'", ':'];

function glyph(shape: GraphShape, first: number, second: number): string {
  switch (shape.style) {
    case 'braille':
      return braille(first, second, shape.hanging === true);
    case 'block':
      return (shape.hanging === true ? HANGING_BLOCKS : BLOCKS)[first] ?? ' ';
    case 'ascii':
      return (shape.hanging === true ? ASCII_DOWN : ASCII_UP)[first] ?? ' ';
  }
}

function braille(left: number, right: number, hanging: boolean): string {
  if (left === 0 && right === 0) return ' ';
  let dots = 0x2800;
  for (let step = 0; step < 4; step++) {
    const position = hanging ? 3 - step : step;
    if (step < left) dots += LEFT_DOTS[position] ?? 0;
    if (step < right) dots += RIGHT_DOTS[position] ?? 0;
  }
  return String.fromCodePoint(dots);
}

/** The next calm axis end for a rate: 10 kB/s, then steps of 1, 2 and 5. */
export function rateAxis(peakBytesPerSecond: number): number {
  let step = 10_240;
  while (step * 10 < peakBytesPerSecond) step *= 10;
  return step * ([1, 2, 5].find((factor) => step * factor >= peakBytesPerSecond) ?? 10);
}
