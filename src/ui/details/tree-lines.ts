// Any JSON value as readable, coloured lines: the shape of YAML, because brackets and quotes hide what is looked for.
import type { Line, Span } from '../components/line.ts';

/** Empty lists, empty objects and nulls are shown in place, so that nothing seems to be missing. */
export function treeLines(value: unknown): Line[] {
  const lines: Line[] = [];
  appendValue(lines, value, { indent: 0, lead: [] });
  return lines;
}

interface Place {
  readonly indent: number;
  /** What stands before the value on its first line. */
  readonly lead: readonly Span[];
}

function appendValue(lines: Line[], value: unknown, place: Place): void {
  const entries = entriesOf(value);
  if (entries === undefined || entries.length === 0) {
    lines.push([...place.lead, scalar(value)]);
    return;
  }
  if (place.lead.length > 0) lines.push(place.lead);
  for (const [label, child] of entries) {
    const lead: Span[] = [
      { text: ' '.repeat(place.indent) },
      label === '-' ? { text: '- ', tone: 'muted' } : { text: `${label}: `, tone: 'accent' },
    ];
    appendValue(lines, child, { indent: place.indent + 2, lead });
  }
}

function entriesOf(value: unknown): (readonly [string, unknown])[] | undefined {
  if (Array.isArray(value)) return value.map((child: unknown) => ['-', child] as const);
  if (typeof value === 'object' && value !== null) return Object.entries(value);
  return undefined;
}

function scalar(value: unknown): Span {
  if (value === null || value === undefined) return { text: 'null', tone: 'muted' };
  switch (typeof value) {
    case 'string':
      return value === '' ? { text: '""', tone: 'muted' } : { text: value };
    case 'number':
    case 'bigint':
      return { text: String(value), tone: 'warn' };
    case 'boolean':
      return { text: String(value), tone: value ? 'good' : 'muted' };
    default:
      return { text: Array.isArray(value) ? '[]' : '{}', tone: 'muted' };
  }
}

/** `KEY=value` lines with the key set apart; longer keys do not push the others. */
export function assignmentLines(assignments: readonly string[]): Line[] {
  const pairs = assignments.map((text) => {
    const at = text.indexOf('=');
    return at < 0 ? ([text, ''] as const) : ([text.slice(0, at), text.slice(at + 1)] as const);
  });
  const width = Math.min(28, Math.max(0, ...pairs.map(([key]) => key.length)));
  return pairs.map(([key, value]) => [{ text: `${key.padEnd(width)}  `, tone: 'accent' }, { text: value }]);
}
