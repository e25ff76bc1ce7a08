// The log as a file: appending, and beginning a new one when it has grown.
import { closeSync, constants, fstatSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs';
import { unixMicroseconds } from '../../native/clock.ts';
import { isStillAt, openLocked } from '../../native/lock-file.ts';
import type { EventMessage } from '../api/system-types.ts';
import { followEvents } from './event-follower.ts';
import type { EventLog, EventLogOptions, NewEvent } from './event-log.ts';
import { type LogFiles, logFilesIn } from './log-files.ts';

const DEFAULT_MAX_BYTES = 4 * 1024 * 1024;

export function openEventLog(options: EventLogOptions): EventLog {
  const { directory, maxBytes = DEFAULT_MAX_BYTES } = options;
  const files = logFilesIn(directory);
  // Made when somebody follows: it takes a millisecond to load, and most only publish.
  let closing: AbortController | undefined;
  let fd: number | undefined;

  return {
    publish(event) {
      try {
        fd = currentDescriptor(files, fd);
        append(fd, eventMessage(event));
        if (fstatSync(fd).size > maxBytes) rotate(files, fd);
      } catch (error) {
        // Full disk, read-only root, no permission: the operation that it tells of has happened all the same.
        if (!(error instanceof Error && 'syscall' in error)) throw error;
      }
    },
    follow: (wanted = {}) => {
      makeDirectory(directory);
      closing ??= new AbortController();
      const signals = [closing.signal, ...(wanted.signal === undefined ? [] : [wanted.signal])];
      return followEvents(files, { ...wanted, signal: AbortSignal.any(signals) });
    },
    close() {
      (closing ??= new AbortController()).abort();
      if (fd !== undefined) closeSync(fd);
      fd = undefined;
    },
  };
}

function makeDirectory(directory: string): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
}

/** The descriptor of the file that has the current name now: another process may have begun a new one. */
function currentDescriptor(files: LogFiles, fd: number | undefined): number {
  if (fd !== undefined) {
    if (isStillAt(files.current, fd)) return fd;
    closeSync(fd);
  }
  makeDirectory(files.directory);
  return openSync(files.current, constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT, 0o600);
}

/** One write: O_APPEND keeps it whole between processes. What a full disk cut off must not swallow the next line. */
function append(fd: number, message: EventMessage): void {
  const line = Buffer.from(`${JSON.stringify(message)}\n`);
  if (writeSync(fd, line) < line.length) writeSync(fd, '\n');
}

/** By rename, under a lock: of two processes that want it at once, one does it. */
function rotate(files: LogFiles, fd: number): void {
  const lock = openLocked(files.lock);
  if (lock === undefined) return;
  try {
    if (isStillAt(files.current, fd)) renameSync(files.current, files.previous);
  } finally {
    closeSync(lock);
  }
}

function eventMessage({ type, action, id, attributes = {} }: NewEvent): EventMessage {
  const microseconds = unixMicroseconds();
  return {
    ...legacyMembers({ type, action, id, attributes }),
    Type: type,
    Action: action,
    Actor: { ID: id, Attributes: { ...attributes } },
    scope: 'local',
    time: Math.floor(microseconds / 1_000_000),
    timeNano: microseconds * 1000,
  };
}

/** What Docker's API had before 1.22 and still sends for containers and images. */
function legacyMembers(event: Required<NewEvent>): Pick<EventMessage, 'status' | 'id' | 'from'> {
  if (event.type !== 'container' && event.type !== 'image') return {};
  const from = event.attributes['image'];
  return { status: event.action, id: event.id, ...(from === undefined ? {} : { from }) };
}
