// Which entries of a log were asked for, and what they look like on the wire. Pure.
import type { LogsOptions } from '../../api/engine-client.ts';
import { EngineError } from '../../api/errors.ts';
import { type StreamName, encodeFrame } from '../../api/stream-frames.ts';
import type { LogEntry } from './log-reader.ts';

export interface LogSelection {
  readonly streams: ReadonlySet<StreamName>;
  /** Times are in `sortableTime`'s form; undefined is without a bound. */
  readonly since: string | undefined;
  readonly until: string | undefined;
  /** Lines from the end; undefined is all. */
  readonly tail: number | undefined;
  readonly timestamps: boolean;
}

/** Throws invalid-parameter in Docker's words. */
export function selectionFrom(options: LogsOptions): LogSelection {
  const streams = new Set<StreamName>();
  if (options.stdout === true) streams.add('stdout');
  if (options.stderr === true) streams.add('stderr');
  if (streams.size === 0) {
    throw new EngineError('invalid-parameter', 'Bad parameters: you must choose at least one stream');
  }
  const { tail } = options;
  return {
    streams,
    since: timeFrom('since', options.since),
    until: timeFrom('until', options.until),
    // As in Docker, a tail that makes no sense is no tail.
    tail: tail === undefined || !Number.isInteger(tail) || tail < 0 ? undefined : tail,
    timestamps: options.timestamps === true,
  };
}

/** RFC 3339 in UTC with exactly nine digits of a second: such times compare as strings. */
export function sortableTime(time: string): string {
  if (time.length === 30) return time;
  const [seconds = '', fraction = ''] = time.replace(/Z$/, '').split('.');
  return `${seconds}.${fraction.slice(0, 9).padEnd(9, '0')}Z`;
}

/** Seconds since 1970 with an optional fraction, or RFC 3339. 0 and '' are no bound. */
function timeFrom(name: string, value: number | string | undefined): string | undefined {
  if (value === undefined || value === '' || Number(value) === 0) return undefined;
  const unix = /^(\d+)(?:\.(\d*))?$/.exec(String(value));
  if (unix !== null) return timeOf(Number(unix[1]) * 1000, unix[2]);
  const rfc3339 = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.(\d+))?([Zz]|[+-]\d\d:\d\d)$/.exec(String(value));
  const milliseconds = rfc3339 === null ? Number.NaN : Date.parse(String(value));
  if (Number.isNaN(milliseconds))
    throw new EngineError(
      'invalid-parameter',
      `invalid value for "${name}": failed to parse "${value}" as a time`,
    );
  return timeOf(milliseconds, rfc3339?.[1]);
}

/** @param fraction digits after the second's point; the milliseconds' own fraction is dropped for it */
function timeOf(milliseconds: number, fraction = ''): string {
  const date = new Date(milliseconds);
  if (Number.isNaN(date.getTime()))
    throw new EngineError('invalid-parameter', `the time ${milliseconds} ms after 1970 is out of range`);
  return sortableTime(`${date.toISOString().slice(0, 19)}.${fraction}Z`);
}

/** Milliseconds since 1970 of a sortable time. */
export const millisecondsOf = (time: string): number => Date.parse(`${time.slice(0, 23)}Z`);

/** Turns entries into bytes: undefined for one that was not asked for. Remembers where it stands in each stream. */
export function createLogEncoder(
  selection: LogSelection,
  tty: boolean,
): (entry: LogEntry) => Buffer | undefined {
  const insideLine = new Set<StreamName>();
  return (entry) => {
    const { stream, text } = entry;
    const startsLine = !insideLine.has(stream);
    if (text.endsWith('\n')) insideLine.delete(stream);
    else insideLine.add(stream);
    if (!selection.streams.has(stream)) return undefined;
    const isTimed = selection.since !== undefined || selection.timestamps;
    const time = isTimed ? sortableTime(entry.time) : '';
    if (selection.since !== undefined && time < selection.since) return undefined;
    // Parts of one long line come out as one line: only its first part gets the time.
    const payload = Buffer.from(selection.timestamps && startsLine ? `${time} ${text}` : text);
    return tty ? payload : encodeFrame(stream, payload);
  };
}

/** True where this entry and all after it come too late. */
export function isPastEnd(selection: LogSelection, entry: LogEntry): boolean {
  return selection.until !== undefined && sortableTime(entry.time) > selection.until;
}
