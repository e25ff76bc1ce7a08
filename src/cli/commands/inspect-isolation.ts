// `inspect --isolation`: text in sections for people; with --format the report itself, as JSON or through a template.
import type { GantryExtensions } from '../../engine/api/engine-client.ts';
import { errorMessage } from '../../engine/api/errors.ts';
import { isolationSections, type IsolationRow } from '../../engine/api/isolation-sections.ts';
import type { IsolationReport } from '../../engine/api/isolation-types.ts';
import type { CommandContext } from '../command.ts';
import { ExitError } from '../exit-error.ts';
import { formatObjects } from '../format/object-format.ts';
import { print, printLine } from '../output.ts';

interface Request {
  readonly names: readonly string[];
  readonly format: string | undefined;
}

/** Reports that there are, are printed even where others are not. */
export async function inspectIsolation(context: CommandContext, { names, format }: Request): Promise<number> {
  const { gantry } = await context.engine();
  if (gantry === undefined)
    throw new ExitError(1, 'gantry: only a gantry engine can tell what the kernel says of a container');
  const { reports, problems } = await askAll(gantry, names);
  const text =
    format === undefined ? reports.map(isolationText).join('\n') : await formatObjects(reports, format);
  await print(context.stdout, text);
  for (const problem of problems) await printLine(context.stderr, problem);
  return problems.length === 0 ? 0 : 1;
}

async function askAll(gantry: GantryExtensions, names: readonly string[]) {
  const reports: IsolationReport[] = [];
  const problems: string[] = [];
  for (const name of names) {
    try {
      reports.push(await gantry.isolation(name));
    } catch (error) {
      problems.push(`gantry: ${errorMessage(error)}`);
    }
  }
  return { reports, problems };
}

export function isolationText(report: IsolationReport): string {
  const sections = isolationSections(report).filter(({ rows }) => rows.length > 0);
  const parts = sections.map(({ title, rows }) => `${title.toUpperCase()}\n${rowLines(rows).join('\n')}\n`);
  return `${report.Name}  ${report.Id.slice(0, 12)}\n\n${parts.join('\n')}`;
}

const WIDEST_LABEL = 32;

/**
 * A difference is marked where nothing but text is left of its colour. Names of mounts are the container's and could hold
 * sequences of a terminal.
 */
function rowLines(rows: readonly IsolationRow[]): string[] {
  const width = Math.min(WIDEST_LABEL, Math.max(...rows.map(({ label }) => label.length)));
  return rows.flatMap(({ label, values, tone }) =>
    values.map((value, index) => {
      const mark = tone === 'bad' && index === 0 ? '! ' : '  ';
      return `${mark}${(index === 0 ? label : '').padEnd(width)}  ${value}`.replaceAll(/\p{Cc}/gu, '?');
    }),
  );
}
