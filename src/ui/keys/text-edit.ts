// Editing one line of text: what every input shares.
import { pastedText } from './chord.ts';

export interface EditedText {
  readonly value: string;
  readonly cursor: number;
}

/** The text after a key; undefined when the key does not edit. */
export function editText(text: EditedText, chord: string): EditedText | undefined {
  const edit = EDITS[chord];
  return edit === undefined ? insertTyped(text, chord) : edit(text);
}

type Edit = (text: EditedText) => EditedText;

/** '' behind the last one. */
export function characterAt(value: string, cursor: number): string {
  const code = value.codePointAt(cursor);
  return code === undefined ? '' : String.fromCodePoint(code);
}

const deleteBefore: Edit = (text) => {
  const { cursor } = left(text);
  return { value: text.value.slice(0, cursor) + text.value.slice(text.cursor), cursor };
};
const toStart: Edit = ({ value }) => ({ value, cursor: 0 });
const toEnd: Edit = ({ value }) => ({ value, cursor: value.length });
// By characters: one beyond the first 65,536 is two units of a string.
const left: Edit = ({ value, cursor }) => {
  const before = Array.from(value.slice(0, cursor)).at(-1) ?? '';
  return { value, cursor: cursor - before.length };
};
const right: Edit = ({ value, cursor }) => ({ value, cursor: cursor + characterAt(value, cursor).length });

const EDITS: Readonly<Record<string, Edit>> = {
  backspace: deleteBefore,
  // Many terminals send this for the backspace key.
  delete: deleteBefore,
  'ctrl-h': deleteBefore,
  left,
  'ctrl-b': left,
  right,
  'ctrl-f': right,
  home: toStart,
  'ctrl-a': toStart,
  end: toEnd,
  'ctrl-e': toEnd,
  'ctrl-u': ({ value, cursor }) => ({ value: value.slice(cursor), cursor: 0 }),
  'ctrl-w': ({ value, cursor }) => deleteWord(value, cursor),
};

function deleteWord(value: string, cursor: number): EditedText {
  const before = value.slice(0, cursor).replace(/\S*\s*$/, '');
  return { value: before + value.slice(cursor), cursor: before.length };
}

function insertTyped({ value, cursor }: EditedText, chord: string): EditedText | undefined {
  const typed = pastedText(chord) ?? typedCharacter(chord);
  if (typed === undefined) return undefined;
  return { value: value.slice(0, cursor) + typed + value.slice(cursor), cursor: cursor + typed.length };
}

function typedCharacter(chord: string): string | undefined {
  const isOne = Array.from(chord).length === 1;
  return isOne && chord >= ' ' && chord !== '\u{7F}' ? chord : undefined;
}
