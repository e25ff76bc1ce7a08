// Brings the layers of one image from blobs to unpacked directories: several downloads and several unpackings at once,
// each layer visible only after the one below it.
import { availableParallelism } from 'node:os';
import type { Descriptor } from '../registry/manifest.ts';
import type { ImageLibrary } from './image-library.ts';
import { type Limit, createLimit } from './limit.ts';
import { type LayerProgress, layerProgress } from './progress.ts';
import type { ReportProgress } from './image-service.ts';

export interface LayerPlan {
  readonly blob: Descriptor;
  readonly diffId: string;
  readonly chainId: string;
  readonly parent: string | undefined;
}

export interface BringLayersOptions {
  readonly library: ImageLibrary;
  readonly report: ReportProgress;
  /** Brings the blob into the content store; undefined where it must be there already. */
  readonly fetch: ((blob: Descriptor, progress: LayerProgress) => Promise<void>) | undefined;
  readonly signal: AbortSignal | undefined;
}

/** As Docker: more connections make one registry no quicker. */
const DOWNLOADS_AT_ONCE = 3;

/** Rejects with the first error, after everything else has come to a stop. */
export async function bringLayers(plans: readonly LayerPlan[], options: BringLayersOptions): Promise<void> {
  const failed = new AbortController();
  const signal = AbortSignal.any([failed.signal, ...(options.signal === undefined ? [] : [options.signal])]);
  const limits = { download: createLimit(DOWNLOADS_AT_ONCE), unpack: createLimit(availableParallelism()) };
  const fetched = new Map<string, Promise<void>>();
  let below: Promise<void> = Promise.resolve();
  const all: Promise<void>[] = [];
  let firstError: unknown;
  for (const plan of plans) {
    const work = { ...options, signal, limits, fetched, parentReady: below };
    below = bringLayer(plan, work).catch((error: unknown) => {
      firstError ??= error;
      failed.abort(error);
      throw error;
    });
    all.push(below);
  }
  const results = await Promise.allSettled(all);
  if (results.some(({ status }) => status === 'rejected')) throw firstError;
}

interface Work extends BringLayersOptions {
  readonly signal: AbortSignal;
  readonly limits: { readonly download: Limit; readonly unpack: Limit };
  /** A blob may stand in an image more than once. */
  readonly fetched: Map<string, Promise<void>>;
  readonly parentReady: Promise<void>;
}

async function bringLayer(plan: LayerPlan, work: Work): Promise<void> {
  const { blob, chainId } = plan;
  const { storage, content } = work.library;
  const progress = layerProgress(work.report, blob.digest);
  if (storage.hasLayer(chainId) && content.has(blob.digest)) {
    progress.status('Already exists');
    await work.parentReady;
    return;
  }
  if (work.fetch !== undefined) progress.status('Pulling fs layer');
  await fetchOnce(plan, work, progress);
  await applyLayer(plan, work, progress);
  progress.status('Pull complete');
}

function fetchOnce({ blob }: LayerPlan, work: Work, progress: LayerProgress): Promise<void> {
  const { fetch } = work;
  if (fetch === undefined) return Promise.resolve();
  const known = work.fetched.get(blob.digest) ?? work.limits.download(() => fetch(blob, progress));
  work.fetched.set(blob.digest, known);
  return known;
}

async function applyLayer(plan: LayerPlan, work: Work, progress: LayerProgress): Promise<void> {
  const { blob, diffId, chainId, parent } = plan;
  await work.library.storage.applyLayer({
    chainId,
    parent,
    parentReady: work.parentReady,
    layer: { blobPath: work.library.content.path(blob.digest), mediaType: blob.mediaType, diffId },
    limit: work.limits.unpack,
    onProgress: (read) => progress.advance('Extracting', read, blob.size),
    signal: work.signal,
  });
}
