// Reads a container's log (Docker's json-file: one JSON object a line, rotated to path.1, path.2 …), from the end.
//
// The shim is the only writer. It renames the file and makes a new one; a reader that holds the old one reads it to
// its end and goes on with the new one, so that nothing is lost or read twice.
import { closeSync, existsSync, fstatSync, openSync, readSync, statSync, watch } from 'node:fs';
import { basename, dirname } from 'node:path';
import { isErrno } from '../../native/syscall-error.ts';

export interface LogEntry {
  /** A line with its newline, or a part of a line of more than 16 KiB. */
  readonly text: string;
  readonly stream: 'stdout' | 'stderr';
  /** RFC 3339 with nanoseconds. */
  readonly time: string;
}

const CHUNK_BYTES = 64 * 1024;
const NEWLINE = 10;

/** The rotated files that exist, oldest first, the current one last. */
export function logFiles(path: string): string[] {
  const files = [path];
  for (let index = 1; existsSync(`${path}.${index}`); index += 1) files.unshift(`${path}.${index}`);
  return files.filter((file) => existsSync(file));
}

/** All entries in order. A line that cannot be parsed (a machine that lost power) is left out. */
export function* readLog(path: string): Generator<LogEntry> {
  for (const file of logFiles(path)) {
    using reader = openLog(file);
    yield* reader.read();
  }
}

/**
 * The last `count` entries in order, without reading what stands before them.
 * @param currentEnd only what stands before this byte of the current file; a follower goes on from there
 */
export function readLogTail(path: string, count: number, currentEnd?: number): LogEntry[] {
  const entries: LogEntry[] = [];
  for (const file of logFiles(path).reverse()) {
    if (entries.length >= count) break;
    entries.unshift(...tailOfFile(file, count - entries.length, file === path ? currentEnd : undefined));
  }
  return entries;
}

function tailOfFile(file: string, count: number, end: number | undefined): LogEntry[] {
  if (count === 0) return [];
  const fd = openSync(file, 'r');
  try {
    let start = end ?? fstatSync(fd).size;
    let bytes = Buffer.alloc(0);
    // One newline more than lines are wanted: the text before the first one belongs to the line before.
    while (start > 0 && countNewlines(bytes) <= count) {
      const length = Math.min(CHUNK_BYTES, start);
      const chunk = Buffer.alloc(length);
      start -= length;
      readSync(fd, chunk, 0, length, start);
      bytes = Buffer.concat([chunk, bytes]);
    }
    const lines = bytes.toString('utf8').split('\n').filter(Boolean);
    return lines.slice(-count).flatMap(parseLine);
  } finally {
    closeSync(fd);
  }
}

function countNewlines(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(NEWLINE); at !== -1; at = bytes.indexOf(NEWLINE, at + 1)) count += 1;
  return count;
}

function parseLine(line: string): LogEntry[] {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    if (error instanceof SyntaxError) return [];
    throw error;
  }
  if (typeof value !== 'object' || value === null || !('log' in value) || !('time' in value)) return [];
  const stream = 'stream' in value && value.stream === 'stderr' ? 'stderr' : 'stdout';
  return [{ text: String(value.log), stream, time: String(value.time) }];
}

interface OpenLog extends Disposable {
  /** What has been added since the last call, up to the last whole line. */
  read(): Generator<LogEntry>;
  /** The path names another file by now. */
  isReplaced(): boolean;
  /** What stands there already is skipped. @returns the byte it goes on from */
  seekEnd(): number;
}

function openLog(file: string): OpenLog {
  const fd = openSync(file, 'r');
  const { ino } = fstatSync(fd);
  let position = 0;
  let rest = Buffer.alloc(0);
  const chunk = Buffer.alloc(CHUNK_BYTES);
  function* read(): Generator<LogEntry> {
    // A file that shrank was emptied (one file only): what is in it now is all new.
    if (fstatSync(fd).size < position) position = 0;
    for (;;) {
      const length = readSync(fd, chunk, 0, CHUNK_BYTES, position);
      if (length === 0) return;
      position += length;
      rest = Buffer.concat([rest, chunk.subarray(0, length)]);
      const end = rest.lastIndexOf(NEWLINE);
      if (end === -1) continue;
      const lines = rest.toString('utf8', 0, end).split('\n');
      rest = rest.subarray(end + 1);
      for (const line of lines) yield* parseLine(line);
    }
  }
  return {
    read,
    isReplaced: () => inodeOf(file) !== ino,
    seekEnd: () => {
      position = fstatSync(fd).size;
      return position;
    },
    [Symbol.dispose]: () => closeSync(fd),
  };
}

function inodeOf(file: string): number | undefined {
  try {
    return statSync(file).ino;
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
}

export interface FollowOptions {
  readonly path: string;
  /** Entries that exist already are passed on from here: all of them, or the last n. */
  readonly tail: number | undefined;
  readonly onEntry: (entry: LogEntry) => void;
}

export interface LogFollower extends Disposable {
  /** Reads what is there now; for the last lines after the container's end. */
  flush(): void;
}

/** Passes entries on as they are written, until disposed of. Uses inotify; nothing is polled. */
export function followLog(options: FollowOptions): LogFollower {
  const { path, onEntry } = options;
  let current: OpenLog | undefined;
  const advance = (): void => {
    current ??= openIfThere(path);
    if (current === undefined) return;
    for (const entry of current.read()) onEntry(entry);
    while (current.isReplaced()) {
      for (const entry of current.read()) onEntry(entry);
      const next = openIfThere(path);
      if (next === undefined) return;
      current[Symbol.dispose]();
      current = next;
      for (const entry of current.read()) onEntry(entry);
    }
  };
  // Watching begins before the first read, so nothing falls between the two.
  const name = basename(path);
  const watcher = watch(dirname(path), (_, changed) => {
    if (changed === null || changed.startsWith(name)) advance();
  });
  current = openIfThere(path);
  if (options.tail === undefined) {
    for (const file of logFiles(path).slice(0, -1)) {
      using reader = openLog(file);
      for (const entry of reader.read()) onEntry(entry);
    }
  } else {
    const end = current?.seekEnd();
    for (const entry of readLogTail(path, options.tail, end)) onEntry(entry);
  }
  advance();
  return {
    flush: advance,
    [Symbol.dispose]: () => {
      watcher.close();
      current?.[Symbol.dispose]();
    },
  };
}

function openIfThere(path: string): OpenLog | undefined {
  try {
    return openLog(path);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
}
