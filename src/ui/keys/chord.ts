// Key presses as names: `j`, `J`, `ctrl-d`, `S-tab`, `enter`, `esc`, `up`, `pgdn`.
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
