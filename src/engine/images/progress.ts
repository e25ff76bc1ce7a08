import { Readable } from 'node:stream';
import { errorMessage } from '../api/errors.ts';
import type { ProgressMessage } from '../api/image-types.ts';
import type { ReportProgress } from './image-service.ts';

/** Between two messages of one layer's progress. */
const INTERVAL_MS = 100;

export interface LayerProgress {
  /** A state: always told. */
  status(status: string): void;
  /** Bytes so far: told now and then. */
  advance(status: string, current: number, total: number): void;
}

/** Tells of one layer, by its short digest. @param clock milliseconds */
export function layerProgress(
  report: ReportProgress,
  digest: string,
  clock = () => performance.now(),
): LayerProgress {
  const id = shortDigest(digest);
  let toldAt = -INTERVAL_MS;
  return {
    status: (status) => report({ status, progressDetail: {}, id }),
    advance: (status, current, total) => {
      const now = clock();
      if (now - toldAt < INTERVAL_MS) return;
      toldAt = now;
      report({ status, progressDetail: { current, total }, progress: progressBar(current, total), id });
    },
  };
}

export function shortDigest(digest: string): string {
  return digest.replace('sha256:', '').slice(0, 12);
}

const BAR_WIDTH = 50;

/** `[=====>      ]  1.2MB/3.4MB`, as docker draws it. */
export function progressBar(current: number, total: number): string {
  const filled = total > 0 ? Math.min(BAR_WIDTH, Math.floor((current / total) * BAR_WIDTH)) : 0;
  const bar = `[${'='.repeat(filled)}>${' '.repeat(BAR_WIDTH - filled)}]`;
  return `${bar}  ${formatBytes(current)}/${formatBytes(total)}`;
}

/** Four digits and a decimal unit, as docker: `1.234MB`. */
function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${Number(value.toPrecision(4))}${units[unit] ?? ''}`;
}

/**
 * An operation as the stream that `pull` and `loadImage` of the API give: one JSON a line, an `error` line where it
 * fails. Destroying the stream gives the operation up.
 */
export function progressStream(
  operation: (report: ReportProgress, signal: AbortSignal) => Promise<unknown>,
): Readable {
  const abort = new AbortController();
  const stream = new Readable({
    read: () => undefined,
    destroy: (error, done) => {
      abort.abort();
      done(error);
    },
  });
  const report = (message: ProgressMessage): void => {
    if (!stream.destroyed) stream.push(`${JSON.stringify(message)}\r\n`);
  };
  operation(report, abort.signal)
    .catch((error: unknown) => {
      const message = errorMessage(error);
      report({ errorDetail: { message }, error: message });
    })
    .finally(() => {
      if (!stream.destroyed) stream.push(null);
    });
  return stream;
}
