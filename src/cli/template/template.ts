// Go's text/template as people use it with docker: `{{.Names}}`, `{{json .}}`, range, if, with, pipelines, variables.
// Left out: define, template and block, which have no use in one line.
import { functions } from './functions.ts';
import { parse, type Node, type Operand, type Pipeline } from './parser.ts';
import { TemplateError } from './template-error.ts';
import { isMapping, isTrue, show, sortedEntries } from './values.ts';

export interface Template {
  /** @throws TemplateError in Go's words, with the place in the template */
  render(data: unknown): string;
}

/** @throws TemplateError for what does not parse */
export function compileTemplate(source: string): Template {
  const nodes = parse(source, (name) => functions.has(name) || name === 'and' || name === 'or');
  return {
    render(data) {
      const scope: Scope = { source, dot: data, variables: new Map([['$', { value: data }]]), output: [] };
      renderAll(nodes, scope);
      return scope.output.join('');
    },
  };
}

interface Scope {
  readonly source: string;
  readonly dot: unknown;
  /** Cells, so that `=` inside a block reaches the variable outside. */
  readonly variables: ReadonlyMap<string, { value: unknown }>;
  readonly output: string[];
}

/** What stops the nodes of a loop's body. */
type Flow = 'break' | 'continue' | undefined;

function renderAll(nodes: readonly Node[], outer: Scope): Flow {
  let scope = outer;
  for (const node of nodes) {
    if (node.kind === 'break' || node.kind === 'continue') return node.kind;
    if (node.kind === 'text') scope.output.push(node.text);
    else if (node.kind === 'action') scope = renderAction(node.pipeline, scope);
    else {
      const flow = node.kind === 'range' ? renderRange(node, scope) : renderBranch(node, scope);
      if (flow !== undefined) return flow;
    }
  }
  return undefined;
}

type Block = Extract<Node, { kind: 'if' | 'with' | 'range' }>;

function renderAction(pipeline: Pipeline, scope: Scope): Scope {
  const value = evaluatePipeline(pipeline, scope);
  const [name] = pipeline.variables;
  if (name === undefined) scope.output.push(show(value));
  else if (pipeline.assigns) assign(name, value, scope);
  else return declare(scope, [[name, value]]);
  return scope;
}

function renderBranch(node: Block, scope: Scope): Flow {
  const value = evaluatePipeline(node.pipeline, scope);
  const [name] = node.pipeline.variables;
  const inner = name === undefined ? scope : declare(scope, [[name, value]]);
  if (!isTrue(value)) return renderAll(node.otherwise, inner);
  return renderAll(node.body, node.kind === 'with' ? { ...inner, dot: value } : inner);
}

function renderRange(node: Block, scope: Scope): Flow {
  const entries = entriesOf(evaluatePipeline(node.pipeline, scope), scope, node.pipeline);
  if (entries.length === 0) return renderAll(node.otherwise, scope);
  for (const [key, value] of entries) {
    const { variables } = node.pipeline;
    const values = variables.length > 1 ? [key, value] : [value];
    const inner = declare(
      scope,
      variables.map((name, index) => [name, values[index]] as const),
    );
    if (renderAll(node.body, { ...inner, dot: value }) === 'break') break;
  }
  return undefined;
}

function entriesOf(value: unknown, scope: Scope, pipeline: Pipeline): (readonly [unknown, unknown])[] {
  if (value === null || value === undefined) return [];
  if (Array.isArray(value)) return value.map((item: unknown, index) => [index, item] as const);
  if (isMapping(value)) return sortedEntries(value);
  if (typeof value === 'number') return Array.from({ length: value }, (_, index) => [index, index] as const);
  throw failure(scope, pipeline.commands[0]?.[0], `range can't iterate over ${show(value)}`);
}

function declare(scope: Scope, variables: readonly (readonly [string, unknown])[]): Scope {
  if (variables.length === 0) return scope;
  const cells = variables.map(([name, value]) => [name, { value }] as const);
  return { ...scope, variables: new Map([...scope.variables, ...cells]) };
}

function assign(name: string, value: unknown, scope: Scope): void {
  const cell = scope.variables.get(name);
  if (cell === undefined) throw new TemplateError(`template: :1: undefined variable "${name}"`);
  cell.value = value;
}

/** Each command's value is the last argument of the next. */
function evaluatePipeline(pipeline: Pipeline, scope: Scope): unknown {
  let piped: readonly unknown[] = [];
  for (const command of pipeline.commands) piped = [evaluateCommand(command, scope, piped)];
  return piped[0];
}

function evaluateCommand(command: readonly Operand[], scope: Scope, piped: readonly unknown[]): unknown {
  const [head, ...rest] = command;
  if (head === undefined) return piped[0];
  if (head.kind === 'function') return call(head, rest, { scope, piped });
  const value = evaluateOperand(head, scope);
  const args = [...rest.map((operand) => evaluateOperand(operand, scope)), ...piped];
  if (typeof value === 'function') return callMethod(value, args);
  if (args.length > 0) throw failure(scope, head, "can't give argument to non-function");
  return value;
}

function call(
  head: Operand & { kind: 'function' },
  operands: readonly Operand[],
  { scope, piped }: { readonly scope: Scope; readonly piped: readonly unknown[] },
): unknown {
  if (head.name === 'and' || head.name === 'or') return shortCircuit(head.name, operands, { scope, piped });
  const args = [...operands.map((operand) => evaluateOperand(operand, scope)), ...piped];
  try {
    return functions.get(head.name)?.(...args);
  } catch (error) {
    if (error instanceof TemplateError) throw failure(scope, head, error.message);
    throw error;
  }
}

function shortCircuit(
  name: 'and' | 'or',
  operands: readonly Operand[],
  { scope, piped }: { readonly scope: Scope; readonly piped: readonly unknown[] },
): unknown {
  let value: unknown;
  for (const operand of operands) {
    value = evaluateOperand(operand, scope);
    if (isTrue(value) === (name === 'or')) return value;
  }
  return piped.length > 0 ? piped[0] : value;
}

function evaluateOperand(operand: Operand, scope: Scope): unknown {
  const { fields } = operand;
  return fields.reduce<unknown>(
    (value, name, index) => {
      const isThere = isMapping(value) && Object.hasOwn(value, name);
      // A member that is there without a value is one of Go's nil pointers: it can be asked for, and nothing in it.
      if (isThere && (value[name] !== undefined || index === fields.length - 1)) return value[name];
      throw failure(scope, operand, missing(value, name));
    },
    baseOf(operand, scope),
  );
}

function baseOf(operand: Operand, scope: Scope): unknown {
  switch (operand.kind) {
    case 'dot':
      return scope.dot;
    case 'nil':
      return null;
    case 'literal':
      return operand.value;
    case 'variable':
      if (!scope.variables.has(operand.name)) {
        throw new TemplateError(`template: :1: undefined variable "${operand.name}"`);
      }
      return scope.variables.get(operand.name)?.value;
    case 'function':
      return call(operand, [], { scope, piped: [] });
    case 'pipeline':
      return evaluatePipeline(operand.pipeline, scope);
  }
}

const missing = (value: unknown, name: string): string =>
  isMapping(value)
    ? `map has no entry for key "${name}"`
    : `can't evaluate field ${name} in type ${typeof value}`;

/** `.Label "key"`: the only functions in data are those that a list's fields bring. */
// oxlint-disable-next-line typescript/no-unsafe-function-type -- typeof narrows no further
function callMethod(method: Function, args: readonly unknown[]): unknown {
  return Reflect.apply(method, undefined, args);
}

function failure(scope: Scope, operand: Operand | undefined, problem: string): TemplateError {
  const at = operand?.at ?? 0;
  const before = scope.source.slice(0, at).split('\n');
  const place = `${before.length}:${before.at(-1)?.length ?? 0}`;
  const text = operand === undefined ? '' : describe(operand);
  return new TemplateError(`template: :${place}: executing "" at <${text}>: ${problem}`);
}

function describe(operand: Operand): string {
  const fields = operand.fields.map((name) => `.${name}`).join('');
  if (operand.kind === 'variable' || operand.kind === 'function') return operand.name + fields;
  return fields === '' ? '.' : fields;
}
