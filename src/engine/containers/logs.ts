// `docker logs`: a selection of what a container wrote, as Docker's stream.
import type { Readable } from 'node:stream';
import type { LogsOptions } from '../api/engine-client.ts';
import { EngineError } from '../api/errors.ts';

export interface LogSource {
  /** The current file; rotated ones are beside it. */
  readonly path: string;
  /** Config.Tty: a raw stream instead of multiplexed frames. */
  readonly tty: boolean;
}

/** What is there now. Neither stdout nor stderr asked for is invalid-parameter, as in Docker. */
export function readLogs(source: LogSource, options: LogsOptions): Buffer {
  throw new EngineError('not-implemented', `logs ${source.path} ${String(options.tail)}`);
}

/**
 * What is there, then what comes, until `until` or the container's end. A slow reader slows only itself; one that
 * destroys the stream ends the watching.
 * @param ended resolves when nothing more will be written (at once for a stopped container)
 */
export function followLogs(source: LogSource, options: LogsOptions, _ended: Promise<unknown>): Readable {
  throw new EngineError('not-implemented', `logs ${source.path} ${String(options.tail)}`);
}
