// The engine's end of the archive helper: starts it, and turns what it reports into results and errors.
import { once } from 'node:events';
import { PassThrough, type Readable, type Writable } from 'node:stream';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { startHelper } from '../../../native/helper-process.ts';
import type { PathStat } from '../../api/container-types.ts';
import { EngineError } from '../../api/errors.ts';
import { ARCHIVE_HELPER, type ArchiveOrder, REPORT_FD, reportSchema } from './archive-protocol.ts';

export interface ArchiveHelper {
  /** What `get` and `info` tell first; rejects with the failure where there is none. */
  readonly stat: Promise<PathStat>;
  /** Resolves when the order was carried out whole and the helper is gone; rejects with its failure. */
  readonly done: Promise<void>;
  /** The tar of `get` and `export`. Ends after `done`, or fails with it. Destroying it ends the helper. */
  readonly output: Readable;
  /** Where `put` wants its tar. */
  readonly input: Writable | undefined;
}

export function openArchiveHelper(order: ArchiveOrder): ArchiveHelper {
  const stdin = order.operation === 'put' ? 'pipe' : 'ignore';
  const child = startHelper(ARCHIVE_HELPER, {
    args: [JSON.stringify(order)],
    stdio: [stdin, 'pipe', 'pipe', 'pipe'],
  });
  const { stdout, stderr, stdin: input } = child;
  const reports = child.stdio[REPORT_FD];
  if (stdout === null || stderr === null || !isReadable(reports))
    throw new Error('unreachable: the helper was started with pipes');
  const output = new PassThrough();
  stdout.pipe(output, { end: false });
  output.on('close', () => child.kill('SIGKILL'));
  // A reader that is gone, or the helper's end, is told by `done`.
  input?.on('error', () => undefined);

  const stat = Promise.withResolvers<PathStat>();
  const done = (async () => {
    const [isDone, said] = await Promise.all([
      readReports(reports, stat.resolve),
      text(stderr),
      once(child, 'close'),
    ]);
    if (!isDone) throw endedEarly(child, said);
  })();
  done.then(
    () => output.end(),
    (error: unknown) => {
      stat.reject(error);
      output.destroy(error instanceof Error ? error : new Error(String(error)));
    },
  );
  // Whoever needs one of them awaits it; the others must not end the process.
  for (const unawaited of [stat.promise, done]) unawaited.catch(() => undefined);
  output.on('error', () => undefined);
  return { stat: stat.promise, done, output, input: input ?? undefined };
}

function isReadable(stream: unknown): stream is Readable {
  return typeof stream === 'object' && stream !== null && 'read' in stream;
}

/** Throws the failure that is reported. @returns whether the order was carried out */
async function readReports(reports: Readable, onStat: (stat: PathStat) => void): Promise<boolean> {
  let isDone = false;
  for await (const line of createInterface({ input: reports })) {
    const report = reportSchema.parse(JSON.parse(line));
    if ('failed' in report) throw new EngineError(report.failed.kind, report.failed.message);
    if ('stat' in report) onStat(report.stat);
    else isDone = true;
  }
  return isDone;
}

function endedEarly(
  child: { readonly exitCode: number | null; readonly signalCode: string | null },
  stderr: string,
): Error {
  const how = child.signalCode ?? `status ${child.exitCode ?? 'unknown'}`;
  const said = stderr.trim().split('\n').at(-1) ?? '';
  return new Error(`the archive helper ended early (${how})${said === '' ? '' : `: ${said}`}`);
}
