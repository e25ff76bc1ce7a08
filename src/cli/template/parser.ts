// The tree of a template:
//
//   Node     = text | action Pipeline | if/with/range Pipeline Node[] else Node[] | break | continue
//   Pipeline = [$a[, $b] :=] Operand[] | Operand[] …      each list a call or a single value
//   Operand  = dot | field | variable | literal | function | (Pipeline), each with `.Fields` behind it
import { lex, parseError, type Piece, type Token } from './lexer.ts';

export type Operand = {
  readonly at: number;
  /** `.Name.Other` behind the operand. */
  readonly fields: readonly string[];
} & (
  | { readonly kind: 'dot' | 'nil' }
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'function'; readonly name: string }
  | { readonly kind: 'literal'; readonly value: string | number | boolean }
  | { readonly kind: 'pipeline'; readonly pipeline: Pipeline }
);

export interface Pipeline {
  readonly variables: readonly string[];
  readonly assigns: boolean;
  readonly commands: readonly (readonly Operand[])[];
}

export type Node =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'action'; readonly pipeline: Pipeline }
  | {
      readonly kind: 'if' | 'with' | 'range';
      readonly pipeline: Pipeline;
      readonly body: readonly Node[];
      readonly otherwise: readonly Node[];
    }
  | { readonly kind: 'break' }
  | { readonly kind: 'continue' };

/** @param isFunction knows the names that a template may call */
export function parse(source: string, isFunction: (name: string) => boolean): Node[] {
  const pieces = lex(source);
  const state: ParserState = { source, pieces, index: 0, isFunction };
  const { nodes, closer } = parseList(state);
  if (closer !== undefined) throw parseError(source, closer.at, `unexpected {{${closer.word}}}`);
  return nodes;
}

interface ParserState {
  readonly source: string;
  readonly pieces: readonly Piece[];
  index: number;
  readonly isFunction: (name: string) => boolean;
}

interface Closer {
  readonly word: string;
  readonly tokens: readonly Token[];
  readonly at: number;
}

/** Nodes up to `{{end}}`, `{{else …}}` or the end of the template. */
function parseList(state: ParserState): { nodes: Node[]; closer: Closer | undefined } {
  const nodes: Node[] = [];
  for (let piece = state.pieces[state.index]; piece !== undefined; piece = state.pieces[state.index]) {
    state.index += 1;
    if (piece.kind === 'text') {
      nodes.push(piece);
      continue;
    }
    const word = piece.tokens[0]?.kind === 'word' ? piece.tokens[0].text : '';
    if (word === 'end' || word === 'else') {
      return { nodes, closer: { word, tokens: piece.tokens.slice(1), at: piece.at } };
    }
    nodes.push(parseAction(state, word, piece));
  }
  return { nodes, closer: undefined };
}

function parseAction(state: ParserState, word: string, piece: Piece & { kind: 'action' }): Node {
  if (word === 'if' || word === 'with' || word === 'range')
    return parseBlock(state, word, piece.tokens.slice(1), piece.at);
  if (word === 'break' || word === 'continue') return { kind: word };
  return { kind: 'action', pipeline: parsePipeline(state, piece.tokens, piece.at) };
}

function parseBlock(
  state: ParserState,
  kind: 'if' | 'with' | 'range',
  ...[tokens, at]: readonly [readonly Token[], number]
): Node {
  if (tokens.length === 0) throw parseError(state.source, at, `missing value for ${kind}`);
  const pipeline = parsePipeline(state, tokens, at);
  const { nodes: body, closer } = parseList(state);
  if (closer === undefined) throw parseError(state.source, state.source.length, 'unexpected EOF');
  if (closer.word === 'end') return { kind, pipeline, body, otherwise: [] };
  const chained = closer.tokens[0]?.text;
  if (chained === 'if' || chained === 'with') {
    return {
      kind,
      pipeline,
      body,
      otherwise: [parseBlock(state, chained, closer.tokens.slice(1), closer.at)],
    };
  }
  const { nodes: otherwise, closer: end } = parseList(state);
  if (end?.word !== 'end') throw parseError(state.source, state.source.length, 'unexpected EOF');
  return { kind, pipeline, body, otherwise };
}

function parsePipeline(state: ParserState, tokens: readonly Token[], at: number): Pipeline {
  const reader = new TokenReader(state, tokens);
  const declared = reader.declaration();
  const commands = reader.commands();
  if (!reader.done) throw reader.unexpected();
  if (commands.length === 0) throw parseError(state.source, at, 'missing value for command');
  return { ...declared, commands };
}

class TokenReader {
  private index = 0;
  private readonly state: ParserState;
  private readonly tokens: readonly Token[];

  constructor(state: ParserState, tokens: readonly Token[]) {
    this.state = state;
    this.tokens = tokens;
  }

  get done(): boolean {
    return this.index >= this.tokens.length;
  }

  /** `$a :=`, `$key, $value :=`, `$a =` */
  declaration(): { variables: string[]; assigns: boolean } {
    const sign = this.tokens.findIndex(
      ({ text, kind }) => kind === 'symbol' && (text === ':=' || text === '='),
    );
    if (sign === -1) return { variables: [], assigns: false };
    const variables = this.tokens.slice(0, sign).filter(({ kind }) => kind === 'variable');
    this.index = sign + 1;
    return { variables: variables.map(({ text }) => text), assigns: this.tokens[sign]?.text === '=' };
  }

  commands(): Operand[][] {
    const commands: Operand[][] = [];
    let current: Operand[] = [];
    for (let token = this.peek(); token !== undefined && !isSymbol(token, ')'); token = this.peek()) {
      if (isSymbol(token, '|')) {
        if (current.length === 0) throw parseError(this.state.source, token.at, 'missing value for command');
        commands.push(current);
        current = [];
        this.index += 1;
      } else {
        current.push(this.operand(token));
      }
    }
    if (current.length > 0) commands.push(current);
    return commands;
  }

  unexpected(): Error {
    const token = this.peek();
    const what = token === undefined ? 'EOF' : `"${token.text}"`;
    return parseError(
      this.state.source,
      token?.at ?? this.state.source.length,
      `unexpected ${what} in operand`,
    );
  }

  private peek(): Token | undefined {
    return this.tokens[this.index];
  }

  private operand(token: Token): Operand {
    this.index += 1;
    switch (token.kind) {
      case 'field':
        return { kind: 'dot', at: token.at, fields: [token.text, ...this.fields()] };
      case 'variable':
        return { kind: 'variable', name: token.text, at: token.at, fields: this.fields() };
      case 'number':
        return { kind: 'literal', value: Number(token.text), at: token.at, fields: [] };
      case 'string':
        return { kind: 'literal', value: token.text, at: token.at, fields: [] };
      case 'word':
        return this.word(token);
      case 'symbol':
        return this.symbol(token);
    }
  }

  private word(token: Token): Operand {
    const { text, at } = token;
    if (text === 'true' || text === 'false')
      return { kind: 'literal', value: text === 'true', at, fields: [] };
    if (text === 'nil') return { kind: 'nil', at, fields: [] };
    if (!this.state.isFunction(text))
      throw parseError(this.state.source, at, `function "${text}" not defined`);
    return { kind: 'function', name: text, at, fields: [] };
  }

  private symbol(token: Token): Operand {
    if (token.text === '.') return { kind: 'dot', at: token.at, fields: [] };
    if (token.text !== '(') {
      this.index -= 1;
      throw this.unexpected();
    }
    const commands = this.commands();
    if (!isSymbol(this.peek(), ')')) throw parseError(this.state.source, token.at, 'unclosed left paren');
    this.index += 1;
    const pipeline = { variables: [], assigns: false, commands };
    return { kind: 'pipeline', pipeline, at: token.at, fields: this.fields() };
  }

  private fields(): string[] {
    const names: string[] = [];
    for (let token = this.peek(); token?.kind === 'field' && token.joined; token = this.peek()) {
      names.push(token.text);
      this.index += 1;
    }
    return names;
  }
}

/** A string may hold the same text: `{{printf ")"}}`. */
function isSymbol(token: Token | undefined, text: string): boolean {
  return token?.kind === 'symbol' && token.text === text;
}
