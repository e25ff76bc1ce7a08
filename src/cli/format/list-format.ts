// How lists are shown: Docker's default table, `--quiet`, `--format json`, `--format 'table …'` and Go templates.
import type { CommandContext } from '../command.ts';
import { ExitError } from '../exit-error.ts';
import { print } from '../output.ts';
import { alignRows, alignTabs } from './table.ts';

/** One thing that can be shown of a row, under the name that templates use for it. */
export interface Field<T> {
  /** Above the column. */
  readonly header: string;
  value(row: T): string;
}

export interface ListView<T> {
  readonly fields: Readonly<Record<string, Field<T>>>;
  /** Names of the default table's fields. */
  readonly columns: readonly string[];
  /** What `--quiet` prints. */
  quiet(row: T): string;
  /** What templates can call with an argument: `.Label "key"`. */
  methods?(row: T): Readonly<Record<string, (argument: unknown) => string>>;
}

export interface ListOptions {
  readonly format?: string | undefined;
  readonly quiet?: boolean;
}

export async function printList<T>(
  context: CommandContext,
  view: ListView<T>,
  list: { readonly rows: readonly T[]; readonly options: ListOptions },
): Promise<void> {
  const lines = await formatList(view, list.rows, list.options);
  if (lines.length > 0) await print(context.stdout, `${lines.join('\n')}\n`);
}

/** @throws ExitError for a template that does not parse or asks for what is not there */
export async function formatList<T>(
  view: ListView<T>,
  rows: readonly T[],
  { format = '', quiet = false }: ListOptions,
): Promise<string[]> {
  if (quiet && (format === '' || format === 'table')) return rows.map((row) => view.quiet(row));
  if (format === '' || format === 'table') return defaultTable(view, rows);
  if (format === 'json') return rows.map((row) => JSON.stringify(valuesOf(view, row)));
  const isTable = format.startsWith('table ');
  const source = (isTable ? format.slice('table '.length) : format)
    .trim()
    .replaceAll('\\t', '\t')
    .replaceAll('\\n', '\n');
  const { lines, header } = await renderRows(view, rows, source);
  return isTable ? alignTabs([header, ...lines]) : lines;
}

function defaultTable<T>(view: ListView<T>, rows: readonly T[]): string[] {
  const fields = view.columns.map((name) => view.fields[name]).filter((field) => field !== undefined);
  return alignRows([
    fields.map(({ header }) => header),
    ...rows.map((row) => fields.map((field) => field.value(row))),
  ]);
}

async function renderRows<T>(
  view: ListView<T>,
  rows: readonly T[],
  source: string,
): Promise<{ lines: string[]; header: string }> {
  const { compileTemplate } = await import('../template/template.ts');
  const { TemplateError } = await import('../template/template-error.ts');
  const attempt = <R>(prefix: string, action: () => R): R => {
    try {
      return action();
    } catch (error) {
      if (error instanceof TemplateError) throw new ExitError(1, prefix + error.message, { cause: error });
      throw error;
    }
  };
  const template = attempt('template parsing error: ', () => compileTemplate(source));
  const render = (data: unknown): string =>
    attempt('failed to execute template: ', () => template.render(data));
  return {
    lines: rows.map((row) => render({ ...valuesOf(view, row), ...view.methods?.(row) })),
    header: headerOf(view, (data) => template.render(data)),
  };
}

/** Docker's header row is the template itself, run on the headers. */
function headerOf<T>(view: ListView<T>, render: (data: unknown) => string): string {
  const headers = Object.fromEntries(Object.entries(view.fields).map(([name, { header }]) => [name, header]));
  const label = (argument: unknown): string =>
    String(argument).replaceAll(/[.-]/g, ' ').split(' ').at(-1) ?? '';
  try {
    return render({ ...headers, Label: label });
  } catch {
    return ''; // the rows will say what is wrong; without rows there is nothing to say
  }
}

/** Sorted by name, as Go writes maps. */
function valuesOf<T>(view: ListView<T>, row: T): Record<string, string> {
  const names = Object.keys(view.fields).sort();
  return Object.fromEntries(names.map((name) => [name, view.fields[name]?.value(row) ?? '']));
}
