// Reads a container's log (Docker's json-file: one JSON object a line, rotated to path.1, path.2 …) in order, from the
// beginning or from some lines before the end, over rotations, at the pace of whoever asks.
//
// The shim is the only writer. It renames the file and makes a new one; a reader holds the old one open, reads it to
// its end and goes on with the file that came after, so that nothing is lost or read twice.
import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { isErrno } from '../../../native/syscall-error.ts';
import { watchDirectory } from '../../../native/watch-directory.ts';

export interface LogEntry {
  /** A line with its newline, or without it a part of a line of more than 16 KiB. */
  readonly text: string;
  readonly stream: 'stdout' | 'stderr';
  /** RFC 3339 with nanoseconds. */
  readonly time: string;
}

export interface LogCursor extends Disposable {
  /** The next entry that is wholly there; undefined at the end of what has been written so far. */
  next(): LogEntry | undefined;
}

const CHUNK_BYTES = 64 * 1024;
const NEWLINE = 10;

export interface LogRange {
  /** Starts so many lines before the end, without reading what stands before them; undefined is all. */
  readonly tail?: number | undefined;
  /** Ends with what is there now; without it the cursor goes on with what is written while it reads. */
  readonly endsNow?: boolean;
}

/** A place in the log that moves forward. A line that cannot be parsed (a machine that lost power) is left out. */
export function openLog(path: string, { tail, endsNow = false }: LogRange = {}): LogCursor {
  const first = tail === undefined ? openOldest(path) : openBeforeEnd(path, tail);
  // Looked at after the place where it begins, so that this can't lie behind the end.
  const sizes = endsNow ? sizesNow(path) : undefined;
  let current = within(sizes, first);
  return {
    next() {
      for (;;) {
        current ??= within(sizes, openOldest(path));
        const entry = current?.next();
        if (current === undefined || entry !== undefined) return entry;
        const successor = within(sizes, openSuccessor(path, current));
        if (successor === undefined) return undefined;
        // What was written between our last read and the rotation.
        const last = current.next();
        if (last !== undefined) {
          successor[Symbol.dispose]();
          return last;
        }
        current[Symbol.dispose]();
        current = successor;
      }
    },
    [Symbol.dispose]: () => current?.[Symbol.dispose](),
  };
}

/** Bytes of all its files. */
export function logBytes(path: string): number {
  return [...sizesNow(path).values()].reduce((sum, size) => sum + size, 0);
}

/** By inode. */
function sizesNow(path: string): ReadonlyMap<number, number> {
  const files = openFiles(path);
  keep(files, undefined);
  return new Map(files.map(({ inode, size }) => [inode, size]));
}

/** A file that had not begun then is none; one that has grown since ends where it ended then. */
function within(
  sizes: ReadonlyMap<number, number> | undefined,
  file: LogFile | undefined,
): LogFile | undefined {
  if (sizes === undefined || file === undefined) return file;
  const size = sizes.get(file.inode);
  if (size === undefined) return keep([file], undefined);
  file.endAt(size);
  return file;
}

/** Calls `onChange` whenever something was written or rotated. */
export function watchLog(path: string, onChange: () => void): Disposable {
  const name = basename(path);
  return watchDirectory(dirname(path), (changed) => {
    if (changed === null || changed.startsWith(name)) onChange();
  });
}

interface LogFile extends Disposable {
  readonly inode: number;
  readonly size: number;
  next(): LogEntry | undefined;
  seek(position: number): void;
  endAt(position: number): void;
  readonly fd: number;
}

/**
 * The files that exist, newest first. In this order a rotation that happens meanwhile can show a file twice and never
 * hide one, since files only move to higher numbers.
 */
function openFiles(path: string): LogFile[] {
  const files: LogFile[] = [];
  for (let index = 0; ; index += 1) {
    const file = openFile(index === 0 ? path : `${path}.${index}`);
    // During a rotation the current file may be missing for a moment.
    if (file === undefined && index > 0) return files;
    if (file === undefined) continue;
    if (files.at(-1)?.inode === file.inode) file[Symbol.dispose]();
    else files.push(file);
  }
}

/** Closes all but the chosen one. */
function keep(files: readonly LogFile[], chosen: LogFile | undefined): LogFile | undefined {
  for (const file of files) if (file !== chosen) file[Symbol.dispose]();
  return chosen;
}

function openOldest(path: string): LogFile | undefined {
  const files = openFiles(path);
  return keep(files, files.at(-1));
}

/** What was written after `file`; undefined while that is the newest. Held open, its inode cannot be taken again. */
function openSuccessor(path: string, file: LogFile): LogFile | undefined {
  if (inodeOf(path) === file.inode) return undefined;
  const files = openFiles(path);
  const index = files.findIndex(({ inode }) => inode === file.inode);
  // Rotated away while we read it: the oldest that is left comes next.
  return keep(files, index === -1 ? files.at(-1) : files[index - 1]);
}

function inodeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.ino;
}

function openBeforeEnd(path: string, lines: number): LogFile | undefined {
  const files = openFiles(path);
  let missing = lines;
  for (const file of files) {
    const { position, found } = positionBeforeEnd(file, missing);
    file.seek(position);
    missing -= found;
    if (missing === 0) return keep(files, file);
  }
  return keep(files, files.at(-1));
}

/** Where the last `lines` lines of the file begin, and how many there are of them. */
function positionBeforeEnd(file: LogFile, lines: number): { position: number; found: number } {
  if (lines === 0) return { position: file.size, found: 0 };
  let found = 0;
  for (const end of lineEndsBackwards(file)) {
    // The end of the line before the first wanted one.
    if (found === lines) return { position: end, found };
    found += 1;
  }
  return { position: 0, found };
}

/** What stands before the newline of an entry that ends its line; parts of longer lines lack it (see LogEntry). */
const WHOLE_LINE = Buffer.from('\\n","stream"');

/** Positions after each entry that ends a line, from the last to the first. The last entry always counts as an end. */
function* lineEndsBackwards(file: LogFile): Generator<number> {
  let start = file.size;
  let lineEnd: number | undefined;
  let isLast = true;
  let bytes = Buffer.alloc(0);
  while (start > 0) {
    const length = Math.min(CHUNK_BYTES, start);
    const chunk = Buffer.alloc(length);
    start -= length;
    readSync(file.fd, chunk, 0, length, start);
    bytes = Buffer.concat([chunk, bytes]);
    for (;;) {
      const newline = bytes.lastIndexOf(NEWLINE);
      if (newline === -1) break;
      if (lineEnd !== undefined && (isLast || bytes.includes(WHOLE_LINE, newline + 1))) yield lineEnd;
      isLast &&= lineEnd === undefined;
      lineEnd = start + newline + 1;
      bytes = bytes.subarray(0, newline);
    }
  }
  if (lineEnd !== undefined && (isLast || bytes.includes(WHOLE_LINE))) yield lineEnd;
}

function openFile(path: string): LogFile | undefined {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
  const { ino: inode, size } = fstatSync(fd);
  let position = 0;
  let limit = Number.POSITIVE_INFINITY;
  let rest = Buffer.alloc(0);
  const chunk = Buffer.alloc(CHUNK_BYTES);
  const lines: string[] = [];
  let nextLine = 0;
  /** @returns false at the end of the file */
  const readChunk = (): boolean => {
    // A file that shrank was emptied: what is in it now is all new.
    if (fstatSync(fd).size < position) {
      position = 0;
      rest = Buffer.alloc(0);
    }
    const length = readSync(fd, chunk, 0, Math.min(CHUNK_BYTES, limit - position), position);
    position += length;
    rest = Buffer.concat([rest, chunk.subarray(0, length)]);
    const end = rest.lastIndexOf(NEWLINE);
    if (end !== -1) {
      lines.splice(0, lines.length, ...rest.toString('utf8', 0, end).split('\n'));
      nextLine = 0;
      rest = rest.subarray(end + 1);
    }
    return length > 0;
  };
  return {
    fd,
    inode,
    size,
    seek: (to) => {
      position = to;
    },
    endAt: (end) => {
      limit = end;
    },
    next: () => {
      for (;;) {
        while (nextLine < lines.length) {
          const entry = parseLine(lines[nextLine] ?? '');
          nextLine += 1;
          if (entry !== undefined) return entry;
        }
        if (!readChunk()) return undefined;
      }
    },
    [Symbol.dispose]: () => closeSync(fd),
  };
}

function parseLine(line: string): LogEntry | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
  if (typeof value !== 'object' || value === null || !('log' in value) || !('time' in value))
    return undefined;
  const stream = 'stream' in value && value.stream === 'stderr' ? 'stderr' : 'stdout';
  return { text: String(value.log), stream, time: String(value.time) };
}
