// Editing one line of text: what every input shares.

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

const deleteBefore: Edit = ({ value, cursor }) => ({
  value: value.slice(0, Math.max(0, cursor - 1)) + value.slice(cursor),
  cursor: Math.max(0, cursor - 1),
});
const toStart: Edit = ({ value }) => ({ value, cursor: 0 });
const toEnd: Edit = ({ value }) => ({ value, cursor: value.length });
const left: Edit = ({ value, cursor }) => ({ value, cursor: Math.max(0, cursor - 1) });
const right: Edit = ({ value, cursor }) => ({ value, cursor: Math.min(value.length, cursor + 1) });

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
  if (Array.from(chord).length !== 1 || chord < ' ' || chord === '\u{7F}') return undefined;
  return { value: value.slice(0, cursor) + chord + value.slice(cursor), cursor: cursor + chord.length };
}
