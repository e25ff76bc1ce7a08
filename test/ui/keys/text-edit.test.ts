import { expect, test } from 'vitest';
import { editText } from '../../../src/ui/keys/text-edit.ts';

const type = (...chords: string[]) =>
  chords.reduce((text, chord) => editText(text, chord) ?? text, { value: '', cursor: 0 });

test('typing, moving and deleting go by characters', () => {
  expect(type('a', '🐳', 'b')).toEqual({ value: 'a🐳b', cursor: 4 });
  expect(type('a', '🐳', 'b', 'left', 'left')).toEqual({ value: 'a🐳b', cursor: 1 });
  expect(type('a', '🐳', 'b', 'left', 'backspace', 'x')).toEqual({ value: 'axb', cursor: 2 });
  expect(type('🐳', 'home', 'right', '本')).toEqual({ value: '🐳本', cursor: 3 });
});

test('stays within the text', () => {
  expect(type('left', 'backspace', 'right')).toEqual({ value: '', cursor: 0 });
});

test('deletes words and up to the start', () => {
  expect(type(...'one two'.split(''), 'ctrl-w')).toEqual({ value: 'one ', cursor: 4 });
  expect(type(...'one two'.split(''), 'left', 'ctrl-u')).toEqual({ value: 'o', cursor: 0 });
});

test('other keys do not edit', () => {
  expect(editText({ value: '', cursor: 0 }, 'pageup')).toBeUndefined();
});
