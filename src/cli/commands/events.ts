import type { EventMessage } from '../../engine/api/system-types.ts';
import { createLineDecoder } from '../../engine/api/stream-frames.ts';
import { defineCommand, noArguments } from '../command.ts';
import { parseFilters } from '../flags/filters.ts';
import { parseTimestamp } from '../format/durations.ts';
import { templateFor } from '../format/object-format.ts';
import { printLine } from '../output.ts';

export const events = defineCommand({
  summary: 'Get real time events from the engine',
  usage: '[OPTIONS]',
  arguments: noArguments,
  completes: 'none',
  options: {
    filter: { kind: 'list', short: 'f', value: 'filter', help: 'Filter output based on conditions provided' },
    format: { kind: 'text', help: 'Format output using a Go template or json' },
    since: { kind: 'text', help: 'Show all events created since timestamp' },
    until: { kind: 'text', help: 'Stream events until this timestamp' },
  },
  async run(context, { values }) {
    const query = {
      filters: parseFilters(values.filter),
      ...(values.since === undefined ? {} : { since: parseTimestamp(values.since, context.now()) }),
      ...(values.until === undefined ? {} : { until: parseTimestamp(values.until, context.now()) }),
    };
    const show = await eventFormatter(values.format);
    const client = await context.engine();
    const decode = createLineDecoder();
    for await (const chunk of await client.getEvents(query)) {
      for (const event of decode(chunk)) if (isEvent(event)) await printLine(context.stdout, show(event));
    }
    return 0;
  },
});

async function eventFormatter(format: string | undefined): Promise<(event: EventMessage) => string> {
  if (format === undefined || format === '') return eventLine;
  return format === 'json' ? (event) => JSON.stringify(event) : await templateFor(format);
}

/** `2026-11-22T01:02:03.000000004+01:00 container start 4f5a… (image=alpine, name=web)` */
export function eventLine({ Type, Action, Actor, time, timeNano }: EventMessage): string {
  const attributes = Object.entries(Actor.Attributes)
    .map(([name, value]) => `${name}=${value}`)
    .sort()
    .join(', ');
  const line = `${timestamp(time, timeNano)} ${Type} ${Action} ${Actor.ID}`;
  return attributes === '' ? line : `${line} (${attributes})`;
}

/** Local RFC 3339 with nanoseconds. */
function timestamp(seconds: number, nanos: number): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const date = new Date(seconds * 1000);
  const offset = -date.getTimezoneOffset();
  const zone =
    offset === 0
      ? 'Z'
      : `${offset < 0 ? '-' : '+'}${two(Math.trunc(Math.abs(offset) / 60))}:${two(Math.abs(offset) % 60)}`;
  const local = new Date(date.getTime() + offset * 60_000).toISOString().slice(0, 19);
  // timeNano is beyond what a number holds exactly; its lowest digits are as good as they get.
  return `${local}.${String(BigInt(Math.trunc(nanos)) % 1_000_000_000n).padStart(9, '0')}${zone}`;
}

const isEvent = (value: unknown): value is EventMessage =>
  typeof value === 'object' && value !== null && 'Type' in value && 'Actor' in value;
