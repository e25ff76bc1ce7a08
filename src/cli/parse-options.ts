// Docker's flags (pflag's grammar) on Node's own parser: `-it`, `-p80:80`, `--name=x`, `--init=false`, `--`.
import { parseArgs } from 'node:util';
import { UsageError } from './exit-error.ts';

interface OptionBase {
  readonly short?: string;
  readonly help: string;
  /** What help writes after the name: `list`, `bytes` …; the kind's own word where missing. */
  readonly value?: string;
  /** Accepted and left out of help. */
  readonly hidden?: boolean;
  /** A second long name, as `--network` for `--net`. */
  readonly aliasOf?: string;
}

export type Option =
  | (OptionBase & { readonly kind: 'flag'; readonly default?: boolean })
  | (OptionBase & {
      readonly kind: 'text';
      readonly default?: string;
      /** What the name alone stands for; another value then needs `=`. */
      readonly bare?: string;
    })
  | (OptionBase & { readonly kind: 'list' })
  | (OptionBase & { readonly kind: 'int' | 'float' });

export type OptionTable = Readonly<Record<string, Option>>;

type ValueOf<O extends Option> = O['kind'] extends 'flag'
  ? boolean
  : O['kind'] extends 'list'
    ? readonly string[]
    : O['kind'] extends 'int' | 'float'
      ? number | undefined
      : string | undefined;

export type OptionValues<T extends OptionTable> = { readonly [K in keyof T]: ValueOf<T[K]> };

export interface ParsedOptions<T extends OptionTable> {
  readonly values: OptionValues<T>;
  readonly args: readonly string[];
  /** `--help` was given, or `-h` where it has no other meaning; nothing else was checked then. */
  readonly help: boolean;
}

/** @throws UsageError in pflag's words */
export function parseOptions<T extends OptionTable>(
  options: T,
  argv: readonly string[],
  interspersed = true,
): ParsedOptions<T> {
  const end = interspersed ? argv.length : firstArgument(options, argv);
  const { tokens, positionals } = tokenize(options, argv.slice(0, end));
  const given = new Map<string, (string | undefined)[]>();
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    if (isHelp(options, token)) return { values: valuesFrom(options, new Map()), args: [], help: true };
    const name = knownName(options, token, argv[token.index] ?? token.rawName);
    given.set(name, [...(given.get(name) ?? []), inlineValue(token)]);
  }
  return {
    values: valuesFrom(options, given),
    args: [...positionals, ...argv.slice(end)],
    help: false,
  };
}

interface OptionToken {
  readonly kind: 'option';
  readonly index: number;
  readonly name: string;
  readonly rawName: string;
  readonly value: string | undefined;
  readonly inlineValue: boolean | undefined;
}

function tokenize(options: OptionTable, args: readonly string[]) {
  const known: Record<string, { type: 'string' | 'boolean'; short?: string }> = {};
  for (const [name, option] of Object.entries(options)) {
    const type = takesNextWord(option) ? 'string' : 'boolean';
    known[name] = option.short === undefined ? { type } : { type, short: option.short };
  }
  return parseArgs({
    args: args.map((word) => longForm(options, word)),
    options: known,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
}

/** False for flags, and for what has a meaning by its name alone. */
export function takesNextWord(option: Option): boolean {
  return option.kind !== 'flag' && !(option.kind === 'text' && option.bare !== undefined);
}

/** Node's parser does not know pflag's `-i=false`. */
function longForm(options: OptionTable, word: string): string {
  const [, short, value = ''] = /^-([a-zA-Z])=(.*)$/s.exec(word) ?? [];
  if (short === undefined) return word;
  const flag = Object.entries(options).find(([, option]) => option.kind === 'flag' && option.short === short);
  return flag === undefined ? word : `--${flag[0]}=${value}`;
}

/** Where a command's own arguments begin, so that their dashes are not ours. */
function firstArgument(options: OptionTable, argv: readonly string[]): number {
  const { tokens } = tokenize(options, argv);
  return tokens.find((token) => token.kind === 'positional')?.index ?? argv.length;
}

function isHelp(options: OptionTable, token: OptionToken): boolean {
  if (token.rawName === '--help') return true;
  return token.rawName === '-h' && !Object.values(options).some((option) => option.short === 'h');
}

function knownName(options: OptionTable, token: OptionToken, argument: string): string {
  const option = Object.hasOwn(options, token.name) ? options[token.name] : undefined;
  const isShort = !token.rawName.startsWith('--');
  if (option === undefined || (isShort && option.short !== token.rawName.slice(1))) {
    throw new UsageError(
      isShort
        ? `unknown shorthand flag: '${token.rawName.slice(1)}' in ${argument}`
        : `unknown flag: ${token.rawName}`,
    );
  }
  if (takesNextWord(option) && token.value === undefined) {
    throw new UsageError(
      isShort
        ? `flag needs an argument: '${token.rawName.slice(1)}' in ${argument}`
        : `flag needs an argument: ${token.rawName}`,
    );
  }
  return option.aliasOf ?? token.name;
}

/** pflag reads `-e=A=1` as `-e A=1`. */
function inlineValue(token: OptionToken): string | undefined {
  const isShort = !token.rawName.startsWith('--');
  return isShort && token.inlineValue === true && token.value?.startsWith('=') === true
    ? token.value.slice(1)
    : token.value;
}

function valuesFrom<T extends OptionTable>(
  options: T,
  given: ReadonlyMap<string, readonly (string | undefined)[]>,
): OptionValues<T> {
  const values: Record<string, unknown> = {};
  for (const [name, option] of Object.entries(options)) {
    values[name] = valueFrom(name, option, given.get(name) ?? []);
  }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- valueFrom answers by kind what ValueOf says by kind
  return values as OptionValues<T>;
}

function valueFrom(name: string, option: Option, given: readonly (string | undefined)[]): unknown {
  const last = given.at(-1);
  switch (option.kind) {
    case 'flag':
      return given.length === 0
        ? (option.default ?? false)
        : parseBoolean(label(name, option), last ?? 'true');
    case 'text':
      return textFrom(option, given);
    case 'list':
      return given.filter((value) => value !== undefined);
    case 'int':
    case 'float':
      return last === undefined ? undefined : parseNumber(label(name, option), option.kind, last);
  }
}

function textFrom(
  { bare, default: fallback }: Extract<Option, { kind: 'text' }>,
  given: readonly (string | undefined)[],
): string | undefined {
  return given.length === 0 ? fallback : (given.at(-1) ?? bare);
}

const label = (name: string, option: Option): string =>
  option.short === undefined ? `--${name}` : `-${option.short}, --${name}`;

function parseBoolean(flag: string, text: string): boolean {
  if (['1', 't', 'T', 'true', 'TRUE', 'True'].includes(text)) return true;
  if (['0', 'f', 'F', 'false', 'FALSE', 'False'].includes(text)) return false;
  throw invalid(flag, text, `strconv.ParseBool: parsing "${text}": invalid syntax`);
}

function parseNumber(flag: string, kind: 'int' | 'float', text: string): number {
  const wellFormed = kind === 'int' ? /^[+-]?\d+$/ : /^[+-]?(\d+\.?\d*|\.\d+)$/;
  if (wellFormed.test(text)) return Number(text);
  const parser = kind === 'int' ? 'ParseInt' : 'ParseFloat';
  throw invalid(flag, text, `strconv.${parser}: parsing "${text}": invalid syntax`);
}

const invalid = (flag: string, text: string, why: string): UsageError =>
  new UsageError(`invalid argument "${text}" for "${flag}" flag: ${why}`);
