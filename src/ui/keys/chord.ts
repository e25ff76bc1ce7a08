// Key presses as names: `j`, `J`, `ctrl-d`, `S-tab`, `enter`, `esc`, `up`, `pgdn`. What is pasted is one press, `paste …`,
// which only fields take: pasted letters are no keys.
import type { Key } from 'ink';

/** One press, or several where a terminal delivered typed or pasted characters together. */
export function chordsOf(input: string, key: Key): string[] {
  const named = namedKey(key);
  if (named !== undefined) return [named];
  if (key.ctrl) return [`ctrl-${input}`];
  if (key.meta) return [`alt-${input}`];
  return Array.from(input, (character) =>
    character === '\r' || character === '\n' ? 'enter' : character === '\t' ? 'tab' : character,
  );
}

const NAMES: readonly (readonly [keyof Key, string])[] = [
  ['upArrow', 'up'],
  ['downArrow', 'down'],
  ['leftArrow', 'left'],
  ['rightArrow', 'right'],
  ['pageUp', 'pgup'],
  ['pageDown', 'pgdn'],
  ['home', 'home'],
  ['end', 'end'],
  ['return', 'enter'],
  ['escape', 'esc'],
  ['backspace', 'backspace'],
  ['delete', 'delete'],
];

function namedKey(key: Key): string | undefined {
  if (key.tab) return key.shift ? 'S-tab' : 'tab';
  return NAMES.find(([member]) => key[member] === true)?.[1];
}

const PASTE = 'paste ';
/** More than any field can mean. */
const LONGEST_PASTE = 4096;

/** Lines become words: a field has one line. */
export function pasteChord(text: string): string {
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  const typed = text.slice(0, LONGEST_PASTE).replaceAll(/[\s\u0000-\u001F\u007F-\u009F]+/gu, ' ');
  return PASTE + typed.trim();
}

/** Undefined for keys. */
export function pastedText(chord: string): string | undefined {
  return chord.startsWith(PASTE) ? chord.slice(PASTE.length) : undefined;
}

/** For people: `ctrl-k` → `^K`. */
export function chordLabel(chord: string): string {
  if (chord.startsWith('ctrl-')) return `^${chord.slice(5).toUpperCase()}`;
  return LABELS[chord] ?? chord;
}

const LABELS: Readonly<Record<string, string>> = {
  'S-tab': '⇧Tab',
  tab: 'Tab',
  enter: 'Enter',
  esc: 'Esc',
  up: '↑',
  down: '↓',
  left: '←',
  right: '→',
  pgup: 'PgUp',
  pgdn: 'PgDn',
  home: 'Home',
  end: 'End',
  ' ': 'Space',
};
