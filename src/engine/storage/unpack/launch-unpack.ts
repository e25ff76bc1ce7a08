// Starts the confined process that unpacks a layer.
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { startHelper } from '../../../native/helper-process.ts';
import type { Unpacked } from './layer-writer.ts';
import type { UnpackOrder, UnpackReport } from './unpack-protocol.ts';

export interface UnpackLayerOptions extends UnpackOrder {
  readonly blobPath: string;
  /** Kept open by the process for as long as it lives. */
  readonly lockFd: number;
  readonly command: readonly string[] | undefined;
  readonly onProgress?: ((bytesRead: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Unpacks one blob into a directory. */
export async function unpackLayer(options: UnpackLayerOptions): Promise<Unpacked> {
  const blobFd = openSync(options.blobPath, 'r');
  const child = start(options, blobFd);
  closeSync(blobFd);
  const ended = once(child, 'close');
  // Both are awaited below; a spawn that fails rejects the first one while the streams are still being read.
  ended.catch(() => undefined);
  const [result, stderr] = await Promise.all([
    readReports(child, options.onProgress),
    child.stderr === null ? '' : text(child.stderr),
  ]);
  await ended;
  options.signal?.throwIfAborted();
  if (result !== undefined && 'unpacked' in result && child.exitCode === 0) return result.unpacked;
  const reason = result !== undefined && 'failed' in result ? result.failed : ending(child, stderr);
  throw new Error(`unpack layer ${options.diffId}: ${reason}`);
}

const UNPACK_HELPER = { name: 'unpack', source: 'engine/storage/unpack/unpack-process.ts' };

function start(options: UnpackLayerOptions, blobFd: number): ChildProcess {
  const { directory, diffId, whiteouts, lockFd, signal } = options;
  return startHelper(options.command ?? UNPACK_HELPER, {
    args: [directory, diffId, whiteouts],
    stdio: [blobFd, 'pipe', 'pipe', lockFd],
    signal,
  });
}

const reportSchema: z.ZodType<UnpackReport> = z.union([
  z.object({ read: z.number() }),
  z.object({
    unpacked: z.object({
      size: z.number(),
      implied: z.array(z.string()),
      links: z.array(z.tuple([z.string(), z.string()])),
    }),
  }),
  z.object({ failed: z.string() }),
]);

/** @returns the last word of the process, if it had one */
async function readReports(
  child: ChildProcess,
  onProgress: ((bytesRead: number) => void) | undefined,
): Promise<UnpackReport | undefined> {
  if (child.stdout === null) return undefined;
  let last: UnpackReport | undefined;
  for await (const line of createInterface({ input: child.stdout })) {
    const report = reportSchema.parse(JSON.parse(line));
    if ('read' in report) onProgress?.(report.read);
    else last = report;
  }
  return last;
}

function ending(child: ChildProcess, stderr: string): string {
  const how = child.signalCode ?? `status ${child.exitCode ?? 'unknown'}`;
  const lines = stderr.trim().split('\n');
  const said = lines.find((line) => /error/i.test(line)) ?? lines.at(-1) ?? '';
  return `the unpack process ended early (${how})${said === '' ? '' : `: ${said}`}`;
}
