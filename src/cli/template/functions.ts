// The functions that a template may call: text/template's own and Docker's (docker/cli templates: json, join, split …).
import { sprintf } from './printf.ts';
import { TemplateError } from './template-error.ts';
import { isMapping, isTrue, show, showJson } from './values.ts';

type TemplateFunction = (...args: readonly unknown[]) => unknown;

/** `and` and `or` are in the evaluator, for they need not look at all their arguments. */
export const functions: ReadonlyMap<string, TemplateFunction> = new Map<string, TemplateFunction>([
  ['not', (value) => !isTrue(value)],
  ['eq', (first, ...others) => others.some((other) => compare('eq', first, other) === 0)],
  ['ne', (a, b) => compare('ne', a, b) !== 0],
  ['lt', (a, b) => compare('lt', a, b) < 0],
  ['le', (a, b) => compare('le', a, b) <= 0],
  ['gt', (a, b) => compare('gt', a, b) > 0],
  ['ge', (a, b) => compare('ge', a, b) >= 0],
  ['len', lengthOf],
  ['index', (value, ...keys) => keys.reduce(itemAt, value)],
  ['slice', sliceOf],
  [
    'print',
    (...values) => values.map(show).join(values.some((value) => typeof value === 'string') ? '' : ' '),
  ],
  ['println', (...values) => `${values.map(show).join(' ')}\n`],
  ['printf', (format, ...values) => sprintf(show(format), values)],
  ['html', (value) => show(value).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)],
  ['urlquery', (value) => encodeURIComponent(show(value)).replaceAll('%20', '+')],
  ['json', showJson],
  ['join', (list, separator) => textList('join', list).join(show(separator))],
  ['split', (text, separator) => show(text).split(show(separator))],
  ['lower', (text) => show(text).toLowerCase()],
  ['upper', (text) => show(text).toUpperCase()],
  ['title', (text) => show(text).replace(/(^|[^\p{L}\p{N}_'])(\p{L})/gu, (all) => all.toUpperCase())],
  [
    'pad',
    (text, before, after) =>
      show(text) === '' ? '' : ' '.repeat(Number(before)) + show(text) + ' '.repeat(Number(after)),
  ],
  ['truncate', (text, length) => show(text).slice(0, Number(length))],
]);

const isNil = (value: unknown): boolean => value === null || value === undefined;

/** -1, 0 or 1; a nil equals only nil and is otherwise different. */
function compare(name: string, a: unknown, b: unknown): number {
  if (isNil(a) || isNil(b)) return isNil(a) && isNil(b) ? 0 : 1;
  if (typeof a === 'string' && typeof b === 'string') return order(a, b);
  if (typeof a === typeof b && (typeof a === 'number' || typeof a === 'boolean'))
    return order(Number(a), Number(b));
  throw new TemplateError(`error calling ${name}: incompatible types for comparison`);
}

function order<T extends string | number>(a: T, b: T): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function lengthOf(value: unknown): number {
  if (typeof value === 'string') return Buffer.byteLength(value);
  if (Array.isArray(value)) return value.length;
  if (isMapping(value)) return Object.keys(value).length;
  if (value === null || value === undefined) throw new TemplateError('error calling len: len of nil pointer');
  throw new TemplateError(`error calling len: len of type ${typeof value}`);
}

function itemAt(value: unknown, key: unknown): unknown {
  if (value === null || value === undefined)
    throw new TemplateError('error calling index: index of untyped nil');
  if (isMapping(value)) return Object.hasOwn(value, show(key)) ? value[show(key)] : null;
  if (typeof key !== 'number') {
    throw new TemplateError(`error calling index: cannot index slice/array with type ${typeof key}`);
  }
  const list = typeof value === 'string' ? [...Buffer.from(value)] : value;
  if (!Array.isArray(list))
    throw new TemplateError(`error calling index: can't index item of type ${typeof value}`);
  if (key < 0 || key >= list.length) {
    throw new TemplateError(`error calling index: reflect: slice index out of range: ${key}`);
  }
  return list[key];
}

function sliceOf(value: unknown, from: unknown = 0, to?: unknown): unknown {
  if (typeof value !== 'string' && !Array.isArray(value)) {
    throw new TemplateError(`error calling slice: can't slice item of type ${typeof value}`);
  }
  const end = to === undefined ? value.length : Number(to);
  if (end > value.length || Number(from) > end) {
    throw new TemplateError(`error calling slice: index out of range: ${end}`);
  }
  return value.slice(Number(from), end);
}

function textList(name: string, value: unknown): string[] {
  if (value === null || value === undefined) return [];
  if (Array.isArray(value)) return value.map(show);
  throw new TemplateError(`error calling ${name}: expected a list, got ${typeof value}`);
}
