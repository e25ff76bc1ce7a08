// Where the log of events is.
import { join } from 'node:path';

export interface LogFiles {
  readonly directory: string;
  readonly current: string;
  /** The one before; older ones are gone. */
  readonly previous: string;
  readonly lock: string;
}

export function logFilesIn(directory: string): LogFiles {
  return {
    directory,
    current: join(directory, 'events.jsonl'),
    previous: join(directory, 'events.1.jsonl'),
    lock: join(directory, 'lock'),
  };
}
