// The options of ps that `top` takes, as columns. Pure.
import { EngineError } from '../../api/errors.ts';
import { PS_COLUMNS, type PsColumn } from './ps-columns.ts';

const DEFAULT = ['pid', 'tname', 'time', 'ucmd'];
const FULL = ['user:UID', 'pid', 'ppid', 'c', 'stime', 'tname', 'time', 'cmd'];
const USER_ORIENTED = 'user pid pcpu pmem vsz rss tname:TTY stat bsdstart bsdtime args'.split(' ');
const BSD = ['pid', 'tname:TTY', 'stat', 'bsdtime', 'args'];
/** Options that choose processes: which ones is settled by the container. */
const SELECTIONS = 'eAaxdTrw';

interface Format {
  /** Docker's default comes where no option chose any. */
  columns: readonly string[] | undefined;
  chosen: string[];
}

/** Throws invalid-parameter for an option or column that we do not know. */
export function psColumns(psArgs: string): PsColumn[] {
  const format: Format = { columns: undefined, chosen: [] };
  const words = psArgs.split(/\s+/).filter(Boolean);
  while (words.length > 0) takeWord(format, words);
  const names = format.chosen.length > 0 ? format.chosen : (format.columns ?? DEFAULT);
  return names.map(columnOf);
}

function takeWord(format: Format, words: string[]): void {
  const word = words.shift() ?? '';
  const long = /^--format(?:=(.*))?$/.exec(word);
  if (long !== null) {
    format.chosen.push(...listFrom(word, long[1] ?? words.shift()));
    return;
  }
  const isUnix = word.startsWith('-');
  const letters = isUnix ? word.slice(1) : word;
  for (const [index, letter] of letters.split('').entries()) {
    if (letter === 'o') {
      const rest = letters.slice(index + 1);
      format.chosen.push(...listFrom(word, rest === '' ? words.shift() : rest));
      return;
    }
    takeLetter(format, { letter, isUnix, word });
  }
}

function takeLetter(format: Format, option: { letter: string; isUnix: boolean; word: string }): void {
  const { letter, isUnix, word } = option;
  if (letter === 'f' && isUnix) format.columns = FULL;
  else if (letter === 'u' && !isUnix) format.columns = USER_ORIENTED;
  else if (!SELECTIONS.includes(letter)) throw unknown(`option ${word}`);
  else if (!isUnix) format.columns ??= BSD;
}

function listFrom(option: string, list: string | undefined): string[] {
  const names = (list ?? '').split(',').filter(Boolean);
  if (names.length === 0)
    throw new EngineError('invalid-parameter', `ps: list of columns is missing after ${option}`);
  return names;
}

/** `name`, or for our own lists `name:TITLE`. A title of the user's would hide what the column is: Docker refuses it. */
function columnOf(name: string): PsColumn {
  const [key = '', title] = name.split(':');
  const column = Object.hasOwn(PS_COLUMNS, key) ? PS_COLUMNS[key] : undefined;
  if (column === undefined) throw unknown(`column ${name}`);
  return title === undefined ? column : { ...column, title };
}

function unknown(what: string): EngineError {
  return new EngineError(
    'invalid-parameter',
    `ps: unsupported ${what}: known are -e, -f, aux and -o with ${Object.keys(PS_COLUMNS).join(',')}`,
  );
}
