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

/** fmt's %q. */
export const quote = (value: unknown): string => JSON.stringify(show(value));

const showInner = (value: unknown): string => (value === null || value === undefined ? '<nil>' : show(value));

/** Go prints large floats with an exponent and JSON's integers without one. */
const showNumber = (value: number): string =>
  Number.isInteger(value) ? String(BigInt(value)) : String(value);
