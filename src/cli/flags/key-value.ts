// `KEY=VALUE` lists: environment and labels, from flags and from files.
import { readFileSync } from 'node:fs';
import { UsageError } from '../exit-error.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Docker's order: files first, then flags. `-e NAME` takes the value from our own environment and vanishes without one.
 * @throws UsageError
 */
export function environmentFrom(
  flags: readonly string[],
  files: readonly string[],
  environment: Environment,
): string[] {
  const fromFiles = files.flatMap((file) => keyValueFile(file, environment));
  return [...fromFiles, ...flags.flatMap((flag) => variable(flag, environment))];
}

/** `-l a=b -l c` and label files → labels; later ones win. @throws UsageError */
export function labelsFrom(flags: readonly string[], files: readonly string[]): Record<string, string> {
  const lines = [...files.flatMap((file) => keyValueFile(file)), ...flags];
  return mapFrom(lines, 'label');
}

/** `a=b` lines → a map; a name without `=` gets the empty string. @throws UsageError for an empty name */
export function mapFrom(lines: readonly string[], what: string): Record<string, string> {
  const entries = lines.map((line) => {
    const [key, value] = cut(line, '=');
    if (key === '') throw new UsageError(`invalid ${what} '${line}': empty name`);
    return [key, value ?? ''] as const;
  });
  return Object.fromEntries(entries);
}

/** The text before and after the first separator; the second is undefined where there is none. */
export function cut(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at === -1 ? [text, undefined] : [text.slice(0, at), text.slice(at + separator.length)];
}

/** The whole text of a file that a flag names. @throws UsageError in Go's words */
export function readFlagFile(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new UsageError(`open ${path}: ${fileProblem(error)}`, { cause: error });
  }
}

function variable(flag: string, environment: Environment): string[] {
  const [name, value] = cut(flag, '=');
  if (name === '') throw new UsageError(`invalid environment variable: ${flag}`);
  if (value !== undefined) return [flag];
  const own = environment[name];
  return own === undefined ? [] : [`${name}=${own}`];
}

/** Lines of `NAME=value` or `NAME`; `#` begins a comment only at the start of a line, as in Docker's env files. */
function keyValueFile(path: string, environment: Environment = {}): string[] {
  const lines = readFlagFile(path)
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/);
  return lines
    .map((line) => line.trimStart())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .flatMap((line) => {
      const [name, value] = cut(line, '=');
      if (name === '') throw new UsageError(`no variable name on line '${line}'`);
      if (/\s/.test(name)) throw new UsageError(`variable '${name}' contains whitespaces`);
      return value === undefined ? variable(name, environment) : [line];
    });
}

/** What Go says of a file that cannot be opened. */
export function fileProblem(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT') return 'no such file or directory';
  if (code === 'EACCES') return 'permission denied';
  return code === 'EISDIR' ? 'is a directory' : String(error);
}
