// Progress as Docker's API sends it: JSON lines, errors among them, an end.
import { PassThrough } from 'node:stream';
import { errorMessage } from '../api/errors.ts';
import type { ProgressMessage } from '../api/image-types.ts';

export interface ProgressWork {
  readonly report: (message: ProgressMessage) => void;
  /** Aborted when the reader goes away. */
  readonly signal: AbortSignal;
}

/** Runs `work` and returns its progress. A failure is the last line, as with Docker: the status was sent long before. */
export function progressStream(work: (context: ProgressWork) => Promise<void>): NodeJS.ReadableStream {
  const stream = new PassThrough();
  const abort = new AbortController();
  const report = (message: ProgressMessage): void => {
    if (!stream.destroyed) stream.write(`${JSON.stringify(message)}\n`);
  };
  stream.on('close', () => abort.abort());
  void work({ report, signal: abort.signal })
    .catch((error: unknown) => {
      const message = errorMessage(error);
      report({ error: message, errorDetail: { message } });
    })
    .finally(() => stream.end());
  return stream;
}
