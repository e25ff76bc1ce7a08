// The Isolation tab: what the kernel says, in sections. Narrow on purpose: it has to be read in 60 columns.
import { isolationSections, type IsolationRow } from '../../engine/api/isolation-sections.ts';
import type { IsolationReport } from '../../engine/api/isolation-types.ts';
import { line, type Line } from '../components/line.ts';

const LABEL = 14;

export function isolationLines(report: IsolationReport): Line[] {
  return isolationSections(report)
    .filter(({ rows }) => rows.length > 0)
    .flatMap(({ title, rows }, index): Line[] => [
      ...(index === 0 ? [] : [line('')]),
      line(title, 'heading'),
      ...rows.flatMap(rowLines),
    ]);
}

/** A label that is longer than its column has a line for itself. */
function rowLines({ label, values, tone }: IsolationRow): Line[] {
  const isLong = label.length > LABEL;
  const lines = values.map((value, index): Line => [
    { text: (index === 0 && !isLong ? label : '').padEnd(LABEL), tone: 'accent' },
    { text: `  ${value}`, tone },
  ]);
  return isLong ? [line(label, 'accent'), ...lines] : lines;
}
