// `docker logs`: a selection of what a container wrote, as Docker's stream.
import { Readable } from 'node:stream';
import type { LogsOptions } from '../../api/engine-client.ts';
import { type LogCursor, type LogEntry, openLog, watchLog } from './log-reader.ts';
import {
  type LogSelection,
  createLogEncoder,
  isPastEnd,
  millisecondsOf,
  selectionFrom,
} from './log-selection.ts';

export interface LogSource {
  /** The current file; rotated ones are beside it. */
  readonly path: string;
  /** Config.Tty: a raw stream instead of multiplexed frames. */
  readonly tty: boolean;
}

/** What is there now. Neither stdout nor stderr asked for is invalid-parameter, as in Docker. */
export function readLogs(source: LogSource, options: LogsOptions): Buffer {
  const selection = selectionFrom(options);
  // A container that writes quicker than we read must not keep us here for ever.
  using cursor = openLog(source.path, { tail: selection.tail, endsNow: true });
  const encode = createLogEncoder(selection, source.tty);
  const chunks: Buffer[] = [];
  for (;;) {
    const entry = cursor.next();
    if (entry === undefined || isPastEnd(selection, entry)) break;
    const chunk = encode(entry);
    if (chunk !== undefined) chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/**
 * What is there, then what comes, until `until` or the container's end. A slow reader slows only itself; one that
 * destroys the stream ends the watching.
 * @param ended resolves when nothing more will be written (at once for a stopped container)
 */
export function followLogs(source: LogSource, options: LogsOptions, ended: Promise<unknown>): Readable {
  return new LogStream(source, { selection: selectionFrom(options), ended });
}

const BATCH_BYTES = 64 * 1024;
/** setTimeout cannot wait longer. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

class LogStream extends Readable {
  readonly #selection: LogSelection;
  readonly #encode: (entry: LogEntry) => Buffer | undefined;
  readonly #held = new DisposableStack();
  readonly #cursor: LogCursor;
  #isWaiting = false;
  #hasEnded = false;
  #isAllPushed = false;

  constructor(source: LogSource, options: { selection: LogSelection; ended: Promise<unknown> }) {
    super({ highWaterMark: BATCH_BYTES });
    this.#selection = options.selection;
    this.#encode = createLogEncoder(this.#selection, source.tty);
    // Watching begins before the first read, so nothing falls between the two.
    this.#held.use(watchLog(source.path, () => this.#wake()));
    this.#cursor = this.#held.use(openLog(source.path, { tail: this.#selection.tail }));
    this.#endWith(options.ended);
  }

  /** In a turn of its own: a container may write as fast as we read, and the keys of a dashboard want theirs. */
  override _read(): void {
    setImmediate(() => this.#fill());
  }

  #fill(): void {
    if (this.destroyed || this.#isAllPushed) return;
    try {
      this.#pushBatch();
    } catch (error) {
      this.destroy(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #pushBatch(): void {
    const batch: Buffer[] = [];
    let bytes = 0;
    this.#isWaiting = false;
    while (bytes < BATCH_BYTES) {
      const entry = this.#cursor.next();
      if (entry === undefined) {
        // What was written before the end is there by now: the end was seen before this read.
        if (!this.#hasEnded) this.#isWaiting = true;
        break;
      }
      if (isPastEnd(this.#selection, entry)) {
        this.#hasEnded = true;
        break;
      }
      const chunk = this.#encode(entry);
      if (chunk !== undefined) {
        batch.push(chunk);
        bytes += chunk.length;
      }
    }
    if (batch.length > 0) this.push(Buffer.concat(batch));
    if (!this.#hasEnded || bytes >= BATCH_BYTES) return;
    this.#isAllPushed = true;
    this.push(null);
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#held.dispose();
    callback(error);
  }

  #wake(): void {
    if (this.#isWaiting) this.#fill();
  }

  #endWith(ended: Promise<unknown>): void {
    const end = (): void => {
      this.#hasEnded = true;
      this.#wake();
    };
    ended.then(end, (error: unknown) =>
      this.destroy(error instanceof Error ? error : new Error(String(error))),
    );
    const { until } = this.#selection;
    if (until === undefined) return;
    const timer = setTimeout(
      end,
      Math.min(LONGEST_TIMER_MS, Math.max(0, millisecondsOf(until) - Date.now())),
    );
    this.#held.defer(() => clearTimeout(timer));
  }
}
