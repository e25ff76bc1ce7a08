// The events room: what happened, in one file that every process can append to and follow. Door of the room.
//
// Words. An *event* is one JSON line (Docker's EventMessage). The *log* is events.jsonl; when it has grown, it becomes
// events.1.jsonl and a new one begins. Publishing is one write with O_APPEND, which the kernel keeps whole between
// processes; following is inotify on the directory, never polling.
//
//   publish ─▶ events.jsonl ─▶ follow: first the past (`since`), then live, until `until` or the signal
//
// The room knows nothing of what the events mean, and an event that cannot be written (full disk) is no reason for
// the operation it tells of to fail.
import type { Filters } from '../api/engine-client.ts';
import type { EventMessage } from '../api/system-types.ts';

export interface NewEvent {
  readonly type: 'container' | 'image' | 'volume' | 'network';
  /** create, start, die, `exec_start: sh` … */
  readonly action: string;
  /** Container id, image reference, volume name, network id. */
  readonly id: string;
  /** Docker's: name and image with the labels for a container, driver for a volume … */
  readonly attributes?: Readonly<Record<string, string>>;
}

export interface FollowOptions {
  /** Seconds since 1970, fractions allowed; undefined tells nothing of the past. */
  readonly since?: number | undefined;
  /** Seconds since 1970; where it has passed, only the past is told. */
  readonly until?: number | undefined;
  /** Docker's: container, image, event, type, label, volume, network. */
  readonly filters?: Filters | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface EventLog {
  /** Never throws: an operation does not fail because its event could not be written. Synchronous, about 20 µs. */
  publish(event: NewEvent): void;
  /** In the order of the file. Ends with `until`, the signal, or the consumer's break. */
  follow(options?: FollowOptions): AsyncIterableIterator<EventMessage>;
  /** Closes the descriptor; followers end. */
  close(): void;
}

export interface EventLogOptions {
  /** `<root>/events`; made when first needed. */
  readonly directory: string;
  /** Bytes after which a new file begins; default 4 MiB. */
  readonly maxBytes?: number;
}
