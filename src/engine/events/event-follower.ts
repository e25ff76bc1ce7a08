// Following the log: the past from the files, then what other processes append, woken by inotify.
import { closeSync, openSync, readSync, fstatSync, statSync } from 'node:fs';
import { isErrno } from '../../native/syscall-error.ts';
import { watchDirectory } from '../../native/watch-directory.ts';
import type { EventMessage } from '../api/system-types.ts';
import { eventFilter } from './event-filter.ts';
import type { FollowOptions } from './event-log.ts';
import type { LogFiles } from './log-files.ts';

/** Yields in the order of the files; ends with `until`, the signal or the consumer's break. */
export async function* followEvents(
  files: LogFiles,
  options: FollowOptions,
): AsyncIterableIterator<EventMessage> {
  using wakeUp = new WakeUp(files.directory, options);
  // The watch exists before the first look, so nothing falls between the two.
  using reader = new LogReader(files, options.since !== undefined);
  const matches = eventFilter(options.filters);
  for (;;) {
    const over = wakeUp.isOver();
    for (const event of reader.read()) {
      const seconds = event.timeNano / 1e9;
      if (options.since !== undefined && seconds < options.since) continue;
      if (options.until !== undefined && seconds > options.until) return;
      if (matches(event)) yield event;
    }
    if (over) return;
    await wakeUp.next();
  }
}

/** Resolves when the directory changed, the time is up or the signal came. */
class WakeUp implements Disposable {
  readonly #watcher: Disposable;
  readonly #timer: NodeJS.Timeout | undefined;
  readonly #options: FollowOptions;
  #changed = false;
  #notify: (() => void) | undefined;

  constructor(directory: string, options: FollowOptions) {
    this.#options = options;
    this.#watcher = watchDirectory(directory, this.#wake);
    options.signal?.addEventListener('abort', this.#wake);
    this.#timer = this.#startTimer();
  }

  isOver(): boolean {
    const { signal, until } = this.#options;
    return signal?.aborted === true || (until !== undefined && Date.now() >= until * 1000);
  }

  async next(): Promise<void> {
    while (!this.#changed && !this.isOver()) {
      await new Promise<void>((resolve) => {
        this.#notify = resolve;
      });
    }
    this.#changed = false;
  }

  [Symbol.dispose](): void {
    this.#watcher[Symbol.dispose]();
    clearTimeout(this.#timer);
    this.#options.signal?.removeEventListener('abort', this.#wake);
  }

  readonly #wake = (): void => {
    this.#changed = true;
    this.#notify?.();
  };

  #startTimer(): NodeJS.Timeout | undefined {
    const { until } = this.#options;
    if (until === undefined) return undefined;
    // setTimeout takes at most 2^31 - 1; nobody follows for longer than 24 days.
    return setTimeout(this.#wake, Math.min(Math.max(0, until * 1000 - Date.now()) + 1, 2 ** 31 - 1));
  }
}

const CHUNK_BYTES = 64 * 1024;

/** Reads complete lines from where it stopped, over the change from one file to the next. */
class LogReader implements Disposable {
  readonly #files: LogFiles;
  readonly #chunk = Buffer.alloc(CHUNK_BYTES);
  /** A writer may still append to the file before, if it looked just before the change. */
  #before: OpenLog | undefined;
  #current: OpenLog | undefined;

  constructor(files: LogFiles, fromStart: boolean) {
    this.#files = files;
    if (fromStart) this.#before = openLog(files.previous, true);
    this.#current = openLog(files.current, fromStart);
  }

  *read(): Generator<EventMessage> {
    if (this.#before !== undefined) yield* this.#readFrom(this.#before);
    if (this.#current !== undefined) yield* this.#readFrom(this.#current);
    while (this.#moveOn()) {
      if (this.#before !== undefined) yield* this.#readFrom(this.#before);
      if (this.#current !== undefined) yield* this.#readFrom(this.#current);
    }
  }

  [Symbol.dispose](): void {
    for (const log of [this.#before, this.#current]) if (log !== undefined) closeSync(log.fd);
  }

  /** True where a new file has the current name. */
  #moveOn(): boolean {
    const inode = statSync(this.#files.current, { throwIfNoEntry: false })?.ino;
    if (inode === undefined || inode === this.#current?.inode) return false;
    const next = openLog(this.#files.current, true);
    if (next === undefined) return false;
    if (this.#current !== undefined) {
      if (this.#before !== undefined) closeSync(this.#before.fd);
      this.#before = this.#current;
    }
    this.#current = next;
    return true;
  }

  *#readFrom(log: OpenLog): Generator<EventMessage> {
    for (;;) {
      const count = readSync(log.fd, this.#chunk, 0, CHUNK_BYTES, log.position);
      if (count === 0) return;
      log.position += count;
      const lines = Buffer.concat([log.partial, this.#chunk.subarray(0, count)]);
      const end = lines.lastIndexOf(0x0a) + 1;
      log.partial = Buffer.from(lines.subarray(end));
      yield* parseLines(lines.toString('utf8', 0, end));
    }
  }
}

interface OpenLog {
  readonly fd: number;
  readonly inode: number;
  position: number;
  /** The beginning of a line whose end is not there yet. */
  partial: Buffer;
}

function openLog(path: string, fromStart: boolean): OpenLog | undefined {
  try {
    const fd = openSync(path, 'r');
    const { ino, size } = fstatSync(fd);
    return { fd, inode: ino, position: fromStart ? 0 : size, partial: Buffer.alloc(0) };
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** A line that a full disk cut off, or that a newer version wrote otherwise, is passed over. */
function* parseLines(text: string): Generator<EventMessage> {
  for (const line of text.split('\n')) {
    const message = parseLine(line);
    if (message !== undefined) yield message;
  }
}

function parseLine(line: string): EventMessage | undefined {
  if (line === '') return undefined;
  try {
    const value: unknown = JSON.parse(line);
    return isMessage(value) ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Checked by hand what a reader relies on: every command that starts a container loads this room. */
function isMessage(value: unknown): value is EventMessage {
  if (typeof value !== 'object' || value === null) return false;
  const isTimed = 'timeNano' in value && typeof value.timeNano === 'number';
  return (
    isTimed && hasText(value, 'Type') && hasText(value, 'Action') && 'Actor' in value && isActor(value.Actor)
  );
}

function isActor(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || !hasText(value, 'ID')) return false;
  return 'Attributes' in value && typeof value.Attributes === 'object' && value.Attributes !== null;
}

function hasText(value: object, name: string): boolean {
  return Object.entries(value).some(([key, member]) => key === name && typeof member === 'string');
}
