// The window onto a log: only what is visible is parsed, wrapped and coloured, whatever the log's size.
import type { Row } from '../components/line.ts';
import { line, wrapLine, type Line, type Span } from '../components/line.ts';
import { messages } from '../messages/en.ts';
import type { Theme } from '../theme.ts';
import type { DetailView, LogView } from '../ui-store.ts';
import { plainFromAnsi, spansFromAnsi } from './ansi.ts';
import type { LogBuffer, LogLine } from './log-buffer.ts';

export interface LogWindow {
  readonly rows: readonly Row[];
  /** Number of the first visible line. */
  readonly top: number;
  /** Lines after the last visible one. */
  readonly below: number;
}

interface WindowOptions {
  readonly view: DetailView;
  readonly width: number;
  readonly height: number;
  readonly theme: Theme;
}

export function logWindow(buffer: LogBuffer, options: WindowOptions): LogWindow {
  const { view } = options;
  if (view.logTop === 'follow') return windowFromEnd(buffer, options);
  const top = Math.max(buffer.first, view.logTop);
  const fromTop = windowFromTop(buffer, top, options);
  return fromTop.rows.length < options.height ? windowFromEnd(buffer, options) : fromTop;
}

function windowFromEnd(buffer: LogBuffer, options: WindowOptions): LogWindow {
  let rows: Line[] = [];
  let number = buffer.end;
  while (number > buffer.first && rows.length < options.height) {
    number--;
    rows = [...linesOf(buffer.at(number), options), ...rows];
  }
  return { rows: rows.slice(-options.height).map((text) => ({ line: text })), top: number, below: 0 };
}

function windowFromTop(buffer: LogBuffer, top: number, options: WindowOptions): LogWindow {
  const rows: Line[] = [];
  let number = top;
  while (number < buffer.end && rows.length < options.height)
    rows.push(...linesOf(buffer.at(number++), options));
  return {
    rows: rows.slice(0, options.height).map((text) => ({ line: text })),
    top,
    below: buffer.end - number,
  };
}

function linesOf(entry: LogLine | undefined, { view, width, theme }: WindowOptions): Line[] {
  if (entry === undefined) return [];
  const mark: Span = entry.stderr ? { text: theme.glyphs.stderrMark, tone: 'bad' } : { text: ' ' };
  const time: Span[] = view.timestamps ? [{ text: `${shortTime(entry.time)} `, tone: 'muted' }] : [];
  const text = view.search === '' ? spansFromAnsi(entry.text) : highlighted(entry.text, view.search);
  if (!view.wrap) return [[mark, ...time, ...text]];
  const lead = 1 + time.reduce((sum, span) => sum + span.text.length, 0);
  return wrapLine(text, Math.max(10, width - lead)).map((part, index) => [
    mark,
    ...(index === 0 ? time : [{ text: ' '.repeat(lead - 1) }]),
    ...part,
  ]);
}

/** `2026-11-22T01:02:03.123456789Z` → `01:02:03.123`. */
function shortTime(time: string): string {
  return time.slice(11, 23).replace(/Z$/, '');
}

function highlighted(text: string, search: string): Line {
  const plain = plainFromAnsi(text);
  const lower = plain.toLowerCase();
  const wanted = search.toLowerCase();
  const spans: Span[] = [];
  let from = 0;
  for (let at = lower.indexOf(wanted); at >= 0; at = lower.indexOf(wanted, from)) {
    spans.push({ text: plain.slice(from, at) }, { text: plain.slice(at, at + wanted.length), tone: 'match' });
    from = at + wanted.length;
  }
  return spans.length === 0 ? spansFromAnsi(text) : [...spans, { text: plain.slice(from) }];
}

/**
 * Number of the nearest line before (-1) or after (1) `from` that contains the text, and behind the last one the first;
 * undefined when there is none at all.
 */
export function findLine(
  buffer: LogBuffer,
  search: string,
  { from, step }: { from: number; step: 1 | -1 },
): number | undefined {
  const { first, length } = buffer;
  const wanted = search.toLowerCase();
  for (let distance = 1; distance <= length; distance++) {
    const number = first + modulo(from - first + step * distance, length);
    const entry = buffer.at(number);
    if (entry !== undefined && plainFromAnsi(entry.text).toLowerCase().includes(wanted)) return number;
  }
  return undefined;
}

/** Never negative. */
function modulo(value: number, length: number): number {
  return ((value % length) + length) % length;
}

/** What stands in the frame's corner. */
export function logFoot(logs: LogView, below: number, follow: boolean): string {
  if (!follow && below > 0) return messages.logs.scrolled(below);
  return logs.status.kind === 'ended' ? messages.logs.ended : messages.logs.following;
}

/** Instead of lines that are not there. */
export function logPlaceholder(logs: LogView): Line {
  switch (logs.status.kind) {
    case 'loading':
      return line(messages.logs.loading, 'muted');
    case 'failed':
      return line(logs.status.message, 'bad');
    case 'following':
    case 'ended':
      return line(messages.logs.empty, 'muted');
  }
}
