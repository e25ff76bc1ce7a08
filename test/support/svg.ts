// A terminal's screen as an SVG picture: every cell where it stands, colours as a dark terminal shows them.
import type { IBufferCell, Terminal } from '@xterm/headless';

const CELL_WIDTH = 8.43;
const CELL_HEIGHT = 18;
const FONT_SIZE = 14;
const PADDING = 14;
const BACKGROUND = '#14181f';
const FOREGROUND = '#d5dae2';

// The sixteen colours of a calm dark palette.
const PALETTE = [
  '#1d222b',
  '#e06c75',
  '#8cc265',
  '#d9a557',
  '#5c9dd6',
  '#c678a9',
  '#42b3c2',
  '#c8ced8',
  '#6b7483',
  '#ee8a92',
  '#a5d684',
  '#ebc07b',
  '#7db6ea',
  '#d79ac0',
  '#6ccbd6',
  '#ffffff',
];

interface Style {
  readonly foreground: string;
  readonly background: string;
  readonly bold: boolean;
  readonly dim: boolean;
}

export function svgOf(terminal: Terminal): string {
  const { cols, rows } = terminal;
  const width = Math.ceil(cols * CELL_WIDTH + 2 * PADDING);
  const height = rows * CELL_HEIGHT + 2 * PADDING;
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
    `<rect width="${width}" height="${height}" rx="8" fill="${BACKGROUND}"/>`,
    `<g font-family="DejaVu Sans Mono, monospace" font-size="${FONT_SIZE}" xml:space="preserve">`,
  ];
  for (let row = 0; row < rows; row++) parts.push(...rowParts(terminal, row));
  return [...parts, '</g></svg>', ''].join('\n');
}

function rowParts(terminal: Terminal, row: number): string[] {
  const line = terminal.buffer.active.getLine(row);
  if (line === undefined) return [];
  const parts: string[] = [];
  let run = { text: '', start: 0, columns: 0, style: undefined as Style | undefined };
  const flush = (): void => {
    if (run.style !== undefined && run.columns > 0)
      parts.push(...runParts({ ...run, style: run.style }, row));
  };
  for (let column = 0; column < terminal.cols; column++) {
    const cell = line.getCell(column);
    if (cell === undefined || cell.getWidth() === 0) continue;
    const style = styleOf(cell);
    const text = cell.getChars() || ' ';
    const drawn = glyphPath(text, PADDING + column * CELL_WIDTH, PADDING + row * CELL_HEIGHT);
    if (drawn !== undefined) {
      flush();
      run = { text: '', start: 0, columns: 0, style: undefined };
      parts.push(...backgroundPart({ start: column, columns: 1 }, style, row), paint(drawn, style));
      continue;
    }
    if (run.style === undefined || !sameStyle(run.style, style) || cell.getWidth() > 1) {
      flush();
      run = { text: '', start: column, columns: 0, style };
    }
    run.text += text;
    run.columns += cell.getWidth();
  }
  flush();
  return parts;
}

interface Run {
  readonly text: string;
  readonly start: number;
  readonly columns: number;
  readonly style: Style;
}

function runParts(place: Run, row: number): string[] {
  const { text, style } = place;
  const x = PADDING + place.start * CELL_WIDTH;
  const y = PADDING + row * CELL_HEIGHT;
  const width = place.columns * CELL_WIDTH;
  const parts = backgroundPart(place, style, row);
  if (text.trim() === '') return parts;
  const attributes = `${style.bold ? ' font-weight="bold"' : ''}${style.dim ? ' opacity="0.6"' : ''}`;
  parts.push(
    `<text x="${x.toFixed(2)}" y="${y + 13.5}" fill="${style.foreground}"${attributes} textLength="${width.toFixed(2)}" lengthAdjust="spacingAndGlyphs">${escapeXml(text)}</text>`,
  );
  return parts;
}

function backgroundPart(place: { start: number; columns: number }, style: Style, row: number): string[] {
  if (style.background === BACKGROUND) return [];
  const x = PADDING + place.start * CELL_WIDTH;
  const width = place.columns * CELL_WIDTH + 0.4;
  return [
    `<rect x="${x.toFixed(2)}" y="${PADDING + row * CELL_HEIGHT}" width="${width.toFixed(2)}" height="${CELL_HEIGHT}" fill="${style.background}"/>`,
  ];
}

interface Drawn {
  readonly path: string;
  readonly filled: boolean;
  readonly lineWidth?: number;
}

function paint({ path, filled, lineWidth = 1.1 }: Drawn, style: Style): string {
  const opacity = style.dim ? ' opacity="0.6"' : '';
  return filled
    ? `<path d="${path}" fill="${style.foreground}"${opacity}/>`
    : `<path d="${path}" fill="none" stroke="${style.foreground}" stroke-width="${lineWidth}"${opacity}/>`;
}

// Lines, blocks and braille are drawn, as good terminals do: they then join without gaps, and need no font.
function glyphPath(text: string, x: number, y: number): Drawn | undefined {
  const code = text.codePointAt(0) ?? 0;
  if (code >= 0x2800 && code <= 0x28ff) return { path: braillePath(code - 0x2800, x, y), filled: true };
  const block = BLOCKS[text];
  if (block !== undefined) {
    const [left, top, width, height] = block;
    return {
      path: `M${f(x + left * CELL_WIDTH)} ${f(y + top * CELL_HEIGHT)}h${f(width * CELL_WIDTH)}v${f(height * CELL_HEIGHT)}h${f(-width * CELL_WIDTH)}z`,
      filled: true,
    };
  }
  const lines = linePath(text, { x, y, right: x + CELL_WIDTH, bottom: y + CELL_HEIGHT });
  if (lines === undefined) return undefined;
  return { path: lines, filled: false, ...(text === '━' || text === '┃' ? { lineWidth: 3 } : {}) };
}

const f = (value: number): string => value.toFixed(2);

const BLOCKS: Readonly<Record<string, readonly [number, number, number, number]>> = {
  '▌': [0, 0, 0.5, 1],
  '▏': [0, 0, 0.14, 1],
  '█': [0, 0, 1, 1],
  '▀': [0, 0, 1, 0.5],
  '▔': [0, 0, 1, 0.125],
  '▁': [0, 0.875, 1, 0.125],
  '▂': [0, 0.75, 1, 0.25],
  '▃': [0, 0.625, 1, 0.375],
  '▄': [0, 0.5, 1, 0.5],
  '▅': [0, 0.375, 1, 0.625],
  '▆': [0, 0.25, 1, 0.75],
  '▇': [0, 0.125, 1, 0.875],
};

function linePath(
  text: string,
  { x, y, right, bottom }: { x: number; y: number; right: number; bottom: number },
): string | undefined {
  const middleX = (x + right) / 2;
  const middleY = (y + bottom) / 2;
  const radius = CELL_WIDTH / 2;
  switch (text) {
    case '─':
    case '━':
      return `M${f(x)} ${f(middleY)}H${f(right)}`;
    case '│':
    case '┃':
      return `M${f(middleX)} ${f(y)}V${f(bottom)}`;
    case '╭':
      return `M${f(middleX)} ${f(bottom)}V${f(middleY + radius)}Q${f(middleX)} ${f(middleY)} ${f(right)} ${f(middleY)}`;
    case '╮':
      return `M${f(middleX)} ${f(bottom)}V${f(middleY + radius)}Q${f(middleX)} ${f(middleY)} ${f(x)} ${f(middleY)}`;
    case '╰':
      return `M${f(middleX)} ${f(y)}V${f(middleY - radius)}Q${f(middleX)} ${f(middleY)} ${f(right)} ${f(middleY)}`;
    case '╯':
      return `M${f(middleX)} ${f(y)}V${f(middleY - radius)}Q${f(middleX)} ${f(middleY)} ${f(x)} ${f(middleY)}`;
    default:
      return undefined;
  }
}

// Dots of a braille cell: bits 0 to 2 and 6 on the left from above, 3 to 5 and 7 on the right (Unicode 4.0, 15.9).
const DOTS: readonly (readonly [column: number, row: number])[] = [
  [0, 0],
  [0, 1],
  [0, 2],
  [1, 0],
  [1, 1],
  [1, 2],
  [0, 3],
  [1, 3],
];

function braillePath(bits: number, x: number, y: number): string {
  const radius = 1.45;
  return DOTS.map(([column, row], bit) => {
    if ((bits & (1 << bit)) === 0) return '';
    const centreX = x + (0.25 + 0.5 * column) * CELL_WIDTH;
    const centreY = y + (0.125 + 0.25 * row) * CELL_HEIGHT;
    return `M${f(centreX - radius)} ${f(centreY)}a${radius} ${radius} 0 1 0 ${2 * radius} 0a${radius} ${radius} 0 1 0 ${-2 * radius} 0z`;
  }).join('');
}

function styleOf(cell: IBufferCell): Style {
  let foreground = cell.isFgDefault() ? FOREGROUND : colour(cell.getFgColor(), cell.isFgRGB());
  let background = cell.isBgDefault() ? BACKGROUND : colour(cell.getBgColor(), cell.isBgRGB());
  if (cell.isInverse() !== 0) [foreground, background] = [background, foreground];
  return { foreground, background, bold: cell.isBold() !== 0, dim: cell.isDim() !== 0 };
}

function sameStyle(left: Style, right: Style): boolean {
  return (
    left.foreground === right.foreground &&
    left.background === right.background &&
    left.bold === right.bold &&
    left.dim === right.dim
  );
}

function colour(value: number, rgb: boolean): string {
  if (rgb) return `#${value.toString(16).padStart(6, '0')}`;
  if (value < 16) return PALETTE[value] ?? FOREGROUND;
  if (value >= 232) return grey(8 + (value - 232) * 10);
  const index = value - 16;
  const level = (part: number): number => (part === 0 ? 0 : 55 + part * 40);
  return hex(level(Math.floor(index / 36)), level(Math.floor(index / 6) % 6), level(index % 6));
}

function grey(level: number): string {
  return hex(level, level, level);
}

function hex(...parts: number[]): string {
  return `#${parts.map((part) => part.toString(16).padStart(2, '0')).join('')}`;
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
