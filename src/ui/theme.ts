// The only file that knows colours and glyphs. Everything else names a tone ("good", "muted") or a glyph ("running").
// Colours are the terminal's own sixteen wherever possible, so that light and dark palettes both stay readable; pairs of
// foreground and background are always set together.

export type Tone =
  | 'text'
  | 'muted'
  | 'strong'
  | 'accent'
  | 'good'
  | 'warn'
  | 'bad'
  | 'border'
  | 'borderFocused'
  | 'title'
  | 'titleFocused'
  | 'heading'
  | 'selected'
  | 'selectedIdle'
  | 'key'
  | 'keyLabel'
  | 'brand'
  | 'match'
  | 'input'
  | 'dangerButton'
  | 'button'
  | 'cpu'
  | 'memory'
  | 'receive'
  | 'transmit';

/** How many colours the terminal has; `none` keeps bold, dim and inverse, which are not colours. */
export type ColourDepth = 'none' | 'sixteen' | 'many';

/** SGR parameters (ECMA-48 8.3.117), one sequence each. */
type Palette = Readonly<Record<Tone, readonly string[]>>;

const SIXTEEN: Palette = {
  text: [],
  muted: ['90'],
  strong: ['1'],
  accent: ['36'],
  good: ['32'],
  warn: ['33'],
  bad: ['31'],
  border: ['90'],
  borderFocused: ['36'],
  title: ['39'],
  titleFocused: ['1', '36'],
  heading: ['90'],
  selected: ['1', '97', '44'],
  selectedIdle: ['1'],
  key: ['36'],
  keyLabel: ['90'],
  brand: ['1', '36'],
  match: ['30', '43'],
  input: ['4'],
  dangerButton: ['1', '97', '41'],
  button: ['1', '97', '44'],
  cpu: ['32'],
  memory: ['34'],
  receive: ['36'],
  transmit: ['35'],
};

const MANY: Palette = {
  ...SIXTEEN,
  muted: ['38;5;245'],
  border: ['38;5;240'],
  borderFocused: ['38;5;38'],
  titleFocused: ['1', '38;5;38'],
  heading: ['38;5;245'],
  accent: ['38;5;38'],
  good: ['38;5;71'],
  warn: ['38;5;178'],
  bad: ['38;5;167'],
  selected: ['1', '38;5;231', '48;5;24'],
  key: ['38;5;38'],
  keyLabel: ['38;5;245'],
  brand: ['1', '38;5;38'],
  match: ['38;5;16', '48;5;221'],
  dangerButton: ['1', '38;5;231', '48;5;124'],
  button: ['1', '38;5;231', '48;5;24'],
  cpu: ['38;5;71'],
  memory: ['38;5;68'],
  receive: ['38;5;38'],
  transmit: ['38;5;133'],
};

const NO_COLOUR: Palette = {
  text: [],
  muted: ['2'],
  strong: ['1'],
  accent: [],
  good: [],
  warn: ['1'],
  bad: ['1'],
  border: ['2'],
  borderFocused: [],
  title: [],
  titleFocused: ['1'],
  heading: ['2'],
  selected: ['7'],
  selectedIdle: ['1'],
  key: ['1'],
  keyLabel: [],
  brand: ['1'],
  match: ['7'],
  input: ['4'],
  dangerButton: ['7', '1'],
  button: ['7'],
  cpu: [],
  memory: [],
  receive: [],
  transmit: [],
};

export interface Glyphs {
  readonly topLeft: string;
  readonly topRight: string;
  readonly bottomLeft: string;
  readonly bottomRight: string;
  readonly horizontal: string;
  readonly vertical: string;
  readonly running: string;
  readonly paused: string;
  readonly exited: string;
  readonly created: string;
  readonly failed: string;
  readonly selection: string;
  readonly ellipsis: string;
  readonly separator: string;
  readonly stderrMark: string;
  readonly barFull: string;
  readonly barEmpty: string;
  readonly scrollThumb: string;
  readonly receive: string;
  readonly transmit: string;
  readonly spinner: readonly string[];
  readonly cursor: string;
}

const UNICODE: Glyphs = {
  topLeft: '╭',
  topRight: '╮',
  bottomLeft: '╰',
  bottomRight: '╯',
  horizontal: '─',
  vertical: '│',
  running: '●',
  paused: '◐',
  exited: '○',
  created: '◌',
  failed: '●',
  selection: '▌',
  ellipsis: '…',
  separator: '·',
  stderrMark: '▏',
  barFull: '━',
  barEmpty: '─',
  scrollThumb: '┃',
  receive: '↓',
  transmit: '↑',
  spinner: ['⠋', '⠙', '⠸', '⠴', '⠦', '⠇'],
  cursor: '▏',
};

const ASCII: Glyphs = {
  topLeft: '+',
  topRight: '+',
  bottomLeft: '+',
  bottomRight: '+',
  horizontal: '-',
  vertical: '|',
  running: '*',
  paused: '=',
  exited: '-',
  created: '.',
  failed: 'x',
  selection: '>',
  ellipsis: '~',
  separator: '|',
  stderrMark: '!',
  barFull: '#',
  barEmpty: '.',
  scrollThumb: '#',
  receive: 'v',
  transmit: '^',
  spinner: ['|', '/', '-', '\\'],
  cursor: '_',
};

export type GraphStyle = 'braille' | 'block' | 'ascii';

export interface Theme {
  readonly depth: ColourDepth;
  readonly glyphs: Glyphs;
  readonly graphStyle: GraphStyle;
  /** Text in characters that the terminal has: the same, or ASCII. */
  encode(text: string): string;
  paint(tone: Tone, text: string): string;
  /** Text with SGR parameters that a container wrote itself, in colour terminals only. */
  paintRaw(parameters: readonly string[], text: string): string;
}

/**
 * Chooses by the environment: NO_COLOR (no-color.org), TERM, COLORTERM, the locale's character set,
 * GANTRY_ASCII=1 and GANTRY_GRAPHS=braille|block|ascii.
 */
export function themeFrom(env: Readonly<Record<string, string | undefined>>): Theme {
  const depth = colourDepth(env);
  const palette = { none: NO_COLOUR, sixteen: SIXTEEN, many: MANY }[depth];
  const unicode = isUnicode(env);
  const opening = Object.fromEntries(
    Object.entries(palette).map(([tone, parameters]) => [tone, openSequence(parameters)]),
  );
  return {
    depth,
    glyphs: unicode ? UNICODE : ASCII,
    graphStyle: graphStyle(env, unicode),
    encode: unicode ? (text) => text : toAscii,
    paint: (tone, text) => wrap(opening[tone] ?? '', text),
    paintRaw: (parameters, text) => (depth === 'none' ? text : wrap(openSequence(parameters), text)),
  };
}

const ASCII_FOR: Readonly<Record<string, string>> = {
  '…': '~',
  '–': '-',
  '·': '.',
  '→': '>',
  '↑': '^',
  '↓': 'v',
  '←': '<',
  '⇧': 'S-',
  '’': "'",
  '▌': '|',
};

// A column stays a column for what we write ourselves; other characters become question marks.
function toAscii(text: string): string {
  return text.replace(/[^ -~]/gu, (character) => ASCII_FOR[character] ?? '?');
}

function colourDepth(env: Readonly<Record<string, string | undefined>>): ColourDepth {
  const term = env['TERM'] ?? '';
  if ((env['NO_COLOR'] ?? '') !== '' || term === 'dumb') return 'none';
  if (/truecolor|24bit/.test(env['COLORTERM'] ?? '') || /256|kitty|direct|ghostty|alacritty/.test(term)) {
    return 'many';
  }
  return 'sixteen';
}

function isUnicode(env: Readonly<Record<string, string | undefined>>): boolean {
  if ((env['GANTRY_ASCII'] ?? '') !== '') return false;
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || '';
  return /utf-?8/i.test(locale);
}

function graphStyle(env: Readonly<Record<string, string | undefined>>, unicode: boolean): GraphStyle {
  const wish = env['GANTRY_GRAPHS'];
  if (wish === 'braille' || wish === 'block' || wish === 'ascii') return wish;
  if (!unicode) return 'ascii';
  // The Linux console's fonts have block elements and no braille.
  return env['TERM'] === 'linux' ? 'block' : 'braille';
}

// One parameter a sequence: the renderer below knows the end of each only when they come apart.
function openSequence(parameters: readonly string[]): string {
  return parameters.map((parameter) => `\u{1B}[${parameter}m`).join('');
}

function wrap(open: string, text: string): string {
  return open === '' || text === '' ? text : `${open}${text}\u{1B}[0m`;
}
