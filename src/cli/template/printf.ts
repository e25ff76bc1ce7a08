import { quote, show } from './values.ts';

const VERB = /%([-+# 0]*)(\d+|\*)?(?:\.(\d+))?([a-zA-Z%])/g;

/** fmt.Sprintf for %s %v %q %d %x %o %b %f %t %c %%, with width, precision, `-` and `0`. */
export function sprintf(format: string, args: readonly unknown[]): string {
  let next = 0;
  const text = format.replace(VERB, (...found: string[]) => {
    const [, flags = '', width, precision, verb = ''] = found;
    if (verb === '%') return '%';
    if (next >= args.length) return `%!${verb}(MISSING)`;
    const value = args[next++];
    return pad(convert(verb, value, precision), flags, Number(width ?? 0));
  });
  const extra = args.slice(next);
  return extra.length === 0
    ? text
    : `${text}%!(EXTRA ${extra.map((value) => `${typeName(value)}=${show(value)}`).join(', ')})`;
}

function convert(verb: string, value: unknown, precision: string | undefined): string {
  const digits = precision === undefined ? undefined : Number(precision);
  const number = typeof value === 'number' ? value : undefined;
  switch (verb) {
    case 's':
    case 'v':
      return digits === undefined ? show(value) : show(value).slice(0, digits);
    case 'q':
      return quote(value);
    case 't':
      return typeof value === 'boolean' ? String(value) : wrongVerb(verb, value);
    default:
      return number === undefined ? hexOfText(verb, value) : convertNumber(verb, number, digits);
  }
}

const NUMBER_VERBS: Readonly<Record<string, (value: number, digits: number | undefined) => string>> = {
  f: (value, digits = 6) => value.toFixed(digits),
  F: (value, digits = 6) => value.toFixed(digits),
  e: (value, digits = 6) => value.toExponential(digits),
  g: (value) => String(value),
  x: (value) => value.toString(16),
  X: (value) => value.toString(16).toUpperCase(),
  o: (value) => value.toString(8),
  b: (value) => value.toString(2),
  c: (value) => String.fromCodePoint(value),
};

function convertNumber(verb: string, value: number, digits: number | undefined): string {
  if (verb === 'd') return Number.isInteger(value) ? show(value) : wrongVerb(verb, value);
  return NUMBER_VERBS[verb]?.(value, digits) ?? wrongVerb(verb, value);
}

const hexOfText = (verb: string, value: unknown): string =>
  verb === 'x' && typeof value === 'string' ? Buffer.from(value).toString('hex') : wrongVerb(verb, value);

const wrongVerb = (verb: string, value: unknown): string => `%!${verb}(${typeName(value)}=${show(value)})`;

function typeName(value: unknown): string {
  if (typeof value === 'number') return Number.isInteger(value) ? 'int' : 'float64';
  return typeof value === 'boolean' ? 'bool' : 'string';
}

function pad(text: string, flags: string, width: number): string {
  if (flags.includes('-')) return text.padEnd(width);
  if (flags.includes('0') && text.startsWith('-')) return `-${text.slice(1).padStart(width - 1, '0')}`;
  return text.padStart(width, flags.includes('0') ? '0' : ' ');
}
