// The newest lines of a log, bounded in number and in size, whatever a container writes. Lines keep their number when
// older ones fall out, so that a reader's place does not move.

export interface LogLine {
  readonly number: number;
  /** RFC 3339, as the engine wrote it before the line. */
  readonly time: string;
  readonly text: string;
  readonly stderr: boolean;
}

const MAX_LINES = 5000;
const MAX_CHARACTERS = 8_000_000;
/** What is kept of one line; the rest is counted. */
const MAX_LINE = 16_384;

export class LogBuffer {
  #lines: LogLine[] = [];
  #head = 0;
  #characters = 0;
  #next = 0;
  readonly #rest = { stdout: '', stderr: '' };
  readonly #dropped = { stdout: 0, stderr: 0 };

  /** Number of the oldest line that is still here. */
  get first(): number {
    return this.#next - this.length;
  }

  /** Number that the next line will have. */
  get end(): number {
    return this.#next;
  }

  get length(): number {
    return this.#lines.length - this.#head;
  }

  at(number: number): LogLine | undefined {
    return number < this.first ? undefined : this.#lines[this.#head + number - this.first];
  }

  /** Takes text of one stream, cut anywhere. */
  write(stream: 'stdout' | 'stderr', text: string): void {
    const parts = text.split('\n');
    const last = parts.pop() ?? '';
    for (const part of parts) {
      this.#extend(stream, part);
      this.#push(stream);
    }
    this.#extend(stream, last);
  }

  /** Ends lines that had no newline yet. */
  finish(): void {
    for (const stream of ['stdout', 'stderr'] as const) {
      if (this.#rest[stream] !== '') this.#push(stream);
    }
  }

  #extend(stream: 'stdout' | 'stderr', text: string): void {
    const room = MAX_LINE - this.#rest[stream].length;
    this.#rest[stream] += text.slice(0, Math.max(0, room));
    this.#dropped[stream] += Math.max(0, text.length - Math.max(0, room));
  }

  #push(stream: 'stdout' | 'stderr'): void {
    const { time, text } = splitTime(this.#rest[stream]);
    const dropped = this.#dropped[stream];
    const line: LogLine = {
      number: this.#next++,
      time,
      text: dropped > 0 ? `${text} … ${dropped} more characters` : text,
      stderr: stream === 'stderr',
    };
    this.#rest[stream] = '';
    this.#dropped[stream] = 0;
    this.#lines.push(line);
    this.#characters += line.text.length;
    while (this.length > MAX_LINES || (this.#characters > MAX_CHARACTERS && this.length > 1)) {
      this.#characters -= this.#lines[this.#head++]?.text.length ?? 0;
    }
    if (this.#head > MAX_LINES) {
      this.#lines = this.#lines.slice(this.#head);
      this.#head = 0;
    }
  }
}

const TIMESTAMP = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[.\d]*(?:Z|[+-]\d\d:\d\d)) /;

function splitTime(raw: string): { time: string; text: string } {
  const text = raw.endsWith('\r') ? raw.slice(0, -1) : raw;
  const match = TIMESTAMP.exec(text);
  return match === null ? { time: '', text } : { time: match[1] ?? '', text: text.slice(match[0].length) };
}
