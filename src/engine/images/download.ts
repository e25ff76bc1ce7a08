import { setTimeout as delay } from 'node:timers/promises';
import type { Descriptor } from '../registry/manifest.ts';
import type { RegistryClient } from '../registry/registry-client.ts';
import type { ContentStore, Ingest } from '../storage/content-store.ts';

export interface DownloadOptions {
  readonly registry: RegistryClient;
  readonly repository: string;
  readonly content: ContentStore;
  readonly signal: AbortSignal | undefined;
}

/** How often a download that breaks off without having brought anything is tried again. */
const MAX_FAILURES = 5;
const PAUSE_MS = 300;

/** Brings a blob into the content store, continuing where this or an earlier process broke off. */
export async function downloadBlob(
  options: DownloadOptions,
  { digest, size }: Descriptor,
  onProgress: (bytes: number) => void,
): Promise<void> {
  const { content, signal } = options;
  if (content.has(digest)) return;
  await using ingest = await content.ingest({ digest, size }, signal);
  // Another process may have brought it while we waited for the lock.
  if (content.has(digest)) return;
  const wasResumed = ingest.offset > 0;
  await fill(options, { digest, size, ingest, onProgress });
  try {
    await ingest.commit();
  } catch (error) {
    // What an earlier attempt left may have been damaged: once more, from the start.
    if (!wasResumed) throw error;
    await ingest.restart();
    await fill(options, { digest, size, ingest, onProgress });
    await ingest.commit();
  }
}

interface Filling {
  readonly digest: string;
  readonly size: number;
  readonly ingest: Ingest;
  readonly onProgress: (bytes: number) => void;
}

async function fill(options: DownloadOptions, filling: Filling): Promise<void> {
  const { ingest, size } = filling;
  let failures = 0;
  while (ingest.offset < size) {
    const before = ingest.offset;
    const broken = await readOnce(options, filling);
    if (ingest.offset >= size) return;
    failures = ingest.offset > before ? 0 : failures + 1;
    if (failures >= MAX_FAILURES)
      throw broken ?? new Error(`download ${filling.digest}: got ${ingest.offset} of ${size} bytes`);
    await delay(
      PAUSE_MS * (failures + 1),
      undefined,
      options.signal === undefined ? {} : { signal: options.signal },
    );
  }
}

/** @returns what broke the connection; writing errors and refusals are thrown */
async function readOnce(options: DownloadOptions, filling: Filling): Promise<Error | undefined> {
  const { registry, repository, signal } = options;
  const { digest, ingest, onProgress } = filling;
  const stream = await registry.blob(repository, digest, { offset: ingest.offset, signal });
  if (stream.offset !== ingest.offset) await ingest.restart();
  const chunks = stream.body[Symbol.asyncIterator]();
  for (;;) {
    let next: IteratorResult<Buffer, unknown>;
    try {
      next = await chunks.next();
    } catch (error) {
      signal?.throwIfAborted();
      return error instanceof Error ? error : new Error(String(error));
    }
    if (next.done === true) return undefined;
    await ingest.write(next.value);
    onProgress(ingest.offset);
  }
}
