import type { Finding } from '../../engine/api/system-types.ts';
import { defineCommand, noArguments } from '../command.ts';
import { printLine } from '../output.ts';

export const doctor = defineCommand({
  summary: 'Look at what this machine has and lacks for running containers',
  usage: '[OPTIONS]',
  arguments: noArguments,
  completes: 'none',
  options: { format: { kind: 'text', help: 'Format output: json' } },
  async run(context, { values }) {
    const findings = await context.examine();
    if (values.format === 'json') await printLine(context.stdout, JSON.stringify(findings, null, 2));
    else await printLine(context.stdout, reportOn(findings, context.stdout.isTTY === true));
    return findings.some(({ state }) => state === 'missing') ? 1 : 0;
  },
});

/** Groups in the order of their first finding; the remedy stands below what it mends. */
export function reportOn(findings: readonly Finding[], coloured: boolean): string {
  const groups = Map.groupBy(findings, ({ group }) => group);
  const width = Math.max(0, ...findings.map(({ name }) => name.length)) + 2;
  const blocks = [...groups].map(([group, members]) =>
    [group, ...members.flatMap((finding) => findingLines(finding, width, coloured))].join('\n'),
  );
  return [...blocks, summary(findings)].join('\n\n');
}

const MARKS = { ok: '✓', warning: '!', missing: '✗' } as const;
const COLOURS = { ok: 32, warning: 33, missing: 31 } as const;

function findingLines({ name, state, detail, remedy }: Finding, width: number, coloured: boolean): string[] {
  const mark = coloured ? `\u001B[${COLOURS[state]}m${MARKS[state]}\u001B[39m` : MARKS[state];
  const line = `  ${mark} ${name.padEnd(width)}${detail}`;
  return remedy === undefined ? [line] : [line, `    ${' '.repeat(width)}→ ${remedy}`];
}

function summary(findings: readonly Finding[]): string {
  const count = (state: Finding['state']): number =>
    findings.filter((finding) => finding.state === state).length;
  const missing = count('missing');
  const warnings = count('warning');
  if (missing > 0) return `${missing} required ${missing === 1 ? 'thing is' : 'things are'} missing`;
  return warnings > 0 ? `ready, with ${warnings} ${warnings === 1 ? 'warning' : 'warnings'}` : 'ready';
}
