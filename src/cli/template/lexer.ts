// Go's text/template, cut into pieces: text outside `{{ }}`, tokens inside. `{{-` and `-}}` trim here, comments vanish.
import { TemplateError } from './template-error.ts';

export interface Token {
  readonly kind: 'field' | 'variable' | 'word' | 'number' | 'string' | 'symbol';
  /** A field without its dot, a string without its quotes. */
  readonly text: string;
  /** Offset in the template. */
  readonly at: number;
  /** A field that stands right behind the token before it: `$x.Name`, `(…).Name`. */
  readonly joined: boolean;
}

export type Piece =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'action'; readonly tokens: readonly Token[]; readonly at: number };

export function lex(source: string): Piece[] {
  const pieces: Piece[] = [];
  let position = 0;
  let trimNext = false;
  while (position <= source.length) {
    const open = source.indexOf('{{', position);
    let text = source.slice(position, open === -1 ? source.length : open);
    if (trimNext) text = text.trimStart();
    if (open !== -1 && /^-\s/.test(source.slice(open + 2, open + 4))) text = text.trimEnd();
    if (text !== '') pieces.push({ kind: 'text', text });
    if (open === -1) break;
    const action = lexAction(source, open);
    if (action.tokens !== undefined) pieces.push({ kind: 'action', tokens: action.tokens, at: open + 2 });
    ({ end: position, trimNext } = action);
  }
  return pieces;
}

/** `template: :1: …`, as Go begins a parse error of a template without a name. */
export function parseError(source: string, at: number, problem: string): TemplateError {
  return new TemplateError(`template: :${source.slice(0, at).split('\n').length}: ${problem}`);
}

interface LexedAction {
  /** Undefined for a comment. */
  readonly tokens: Token[] | undefined;
  readonly end: number;
  readonly trimNext: boolean;
}

const TOKENS: readonly (readonly [Token['kind'], RegExp])[] = [
  ['string', /"(?:[^"\\\n]|\\.)*"|`[^`]*`|'(?:[^'\\\n]|\\.)'/y],
  ['variable', /\$\w*/y],
  ['number', /[+-]?(?:0[xX][\da-fA-F]+|\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)/y],
  ['field', /\.[\p{L}_][\p{L}\p{N}_]*/uy],
  ['symbol', /:=|[.()|,=]/y],
  ['word', /[\p{L}_][\p{L}\p{N}_]*/uy],
];

function lexAction(source: string, open: number): LexedAction {
  const start = /^-\s/.test(source.slice(open + 2, open + 4)) ? open + 3 : open + 2;
  const comment = /\s*\/\*[\s\S]*?\*\/(\s-)?\}\}/y;
  comment.lastIndex = start;
  const found = comment.exec(source);
  if (found !== null) return { tokens: undefined, end: comment.lastIndex, trimNext: found[1] !== undefined };

  const tokens: Token[] = [];
  let at = start;
  while (at < source.length) {
    const close = /(?:\s-)?\}\}/y;
    close.lastIndex = at;
    const closed = close.exec(source);
    if (closed !== null) return { tokens, end: close.lastIndex, trimNext: closed[0].length > 2 };
    const space = /\s/.test(source.charAt(at));
    if (!space) tokens.push(tokenAt(source, at, tokens.at(-1)));
    at = space ? at + 1 : endOf(source, at);
  }
  throw parseError(source, open, 'unclosed action');
}

function match(source: string, at: number): readonly [Token['kind'], string] | undefined {
  for (const [kind, pattern] of TOKENS) {
    pattern.lastIndex = at;
    const found = pattern.exec(source);
    if (found !== null) return [kind, found[0]];
  }
  return undefined;
}

const endOf = (source: string, at: number): number => at + (match(source, at)?.[1].length ?? 1);

function tokenAt(source: string, at: number, before: Token | undefined): Token {
  const found = match(source, at);
  if (found === undefined) {
    const character = source.charAt(at);
    const problem =
      character === '"' || character === '`'
        ? 'unterminated quoted string'
        : `unexpected "${character}" in operand`;
    throw parseError(source, at, problem);
  }
  const [kind, raw] = found;
  const joined =
    kind === 'field' && before !== undefined && at > 0 && !/[\s|,=({]/.test(source.charAt(at - 1));
  return { kind, text: tokenText(kind, raw), at, joined };
}

function tokenText(kind: Token['kind'], raw: string): string {
  if (kind === 'field') return raw.slice(1);
  if (kind !== 'string') return raw;
  if (raw.startsWith('`')) return raw.slice(1, -1);
  if (raw.startsWith("'")) return String(unescape(raw).codePointAt(0) ?? 0);
  return unescape(raw);
}

const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  a: '\u0007',
  b: '\b',
  f: '\f',
  v: '\v',
};

const unescape = (quoted: string): string =>
  quoted.slice(1, -1).replace(/\\(?:u([\da-fA-F]{4})|x([\da-fA-F]{2})|(.))/g, (...groups: string[]) => {
    const code = groups[1] ?? groups[2];
    if (code !== undefined) return String.fromCodePoint(Number.parseInt(code, 16));
    return ESCAPES[groups[3] ?? ''] ?? groups[3] ?? '';
  });
