// Go's view of JSON-like values: what is true, how a value prints, how two compare.

export type Mapping = Readonly<Record<string, unknown>>;

export const isMapping = (value: unknown): value is Mapping =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** text/template's truth: not false, 0, nil, "" and nothing empty. */
export function isTrue(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (isMapping(value)) return Object.keys(value).length > 0;
  return Boolean(value);
}

/** fmt's %v. */
export function show(value: unknown): string {
  if (value === null || value === undefined) return '<no value>';
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return showNumber(value);
  if (Array.isArray(value)) return `[${value.map(showInner).join(' ')}]`;
  if (isMapping(value))
    return `map[${sortedEntries(value)
      .map(([key, item]) => `${key}:${showInner(item)}`)
      .join(' ')}]`;
  return typeof value === 'boolean' || typeof value === 'bigint' ? String(value) : '';
}

/** Map entries in the order in which Go ranges over and prints them. */
export const sortedEntries = (value: Mapping): [string, unknown][] =>
  Object.entries(value)
    .filter(([, item]) => item !== undefined && typeof item !== 'function')
    .sort(([a], [b]) => (a < b ? -1 : 1));

/** encoding/json with sorted keys of maps, without HTML escapes, as Docker's `json` function writes it. */
export const showJson = (value: unknown): string => JSON.stringify(value) ?? 'null';

/** fmt's %q, strconv.Quote: what Go doesn't take for printable is escaped, control characters of a terminal among it. */
export const quote = (value: unknown): string => `"${show(value).replaceAll(NOT_PRINTABLE, escaped)}"`;

const NOT_PRINTABLE = /["\\]|[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu;
const SHORT: Readonly<Record<string, string>> = {
  '"': String.raw`\"`,
  '\\': String.raw`\\`,
  '\u0007': String.raw`\a`,
  '\b': String.raw`\b`,
  '\f': String.raw`\f`,
  '\n': String.raw`\n`,
  '\r': String.raw`\r`,
  '\t': String.raw`\t`,
  '\v': String.raw`\v`,
};

function escaped(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const hex = (digits: number): string => code.toString(16).padStart(digits, '0');
  if (code < 0x20 || code === 0x7f) return SHORT[character] ?? String.raw`\x${hex(2)}`;
  return SHORT[character] ?? (code > 0xffff ? String.raw`\U${hex(8)}` : String.raw`\u${hex(4)}`);
}

const showInner = (value: unknown): string => (value === null || value === undefined ? '<nil>' : show(value));

/** Go prints large floats with an exponent and JSON's integers without one. */
const showNumber = (value: number): string =>
  Number.isInteger(value) ? String(BigInt(value)) : String(value);
