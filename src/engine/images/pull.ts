import { createHash } from 'node:crypto';
import { EngineError } from '../api/errors.ts';
import {
  type Descriptor,
  type Manifest,
  MAX_MANIFEST_BYTES,
  MEDIA_TYPES,
  type ManifestIndex,
  asOciManifest,
  parseManifest,
} from '../registry/manifest.ts';
import {
  type Platform,
  choosePlatform,
  formatPlatform,
  hostPlatform,
  isCompatible,
  parsePlatform,
  requirePlatform,
} from '../registry/platform.ts';
import {
  type FetchedManifest,
  type RegistryClient,
  createRegistryClient,
} from '../registry/registry-client.ts';
import { downloadBlob } from './download.ts';
import { type ImageDocument, MAX_CONFIG_BYTES, parseImageConfig } from './image-config.ts';
import { type ImageLibrary, sweepHalfDone } from './image-library.ts';
import type { PullOptions, ReportProgress } from './image-service.ts';
import { bringLayers } from './layers.ts';
import type { Lease } from './lease.ts';
import type { LayerProgress } from './progress.ts';
import { planLayers, recordImage } from './record-image.ts';
import {
  type ImageReference,
  familiarName,
  familiarRepository,
  fullName,
  parseReference,
  withDefaultTag,
} from './reference.ts';

interface Pull {
  readonly library: ImageLibrary;
  readonly reference: ImageReference;
  readonly registry: RegistryClient;
  readonly lease: Lease;
  readonly platform: Platform;
  readonly isPlatformWished: boolean;
  readonly report: ReportProgress;
  readonly signal: AbortSignal | undefined;
}

/** Brings an image here from its registry. @returns its id */
export async function pullImage(
  library: ImageLibrary,
  text: string,
  options: PullOptions,
): Promise<{ id: string }> {
  const reference = withDefaultTag(parseReference(text));
  await sweepHalfDone(library);
  await using registry = createRegistryClient({ host: reference.domain, credentials: options.auth });
  using lease = await library.leases.open(options.signal);
  const report = options.report ?? (() => undefined);
  const pull: Pull = {
    library,
    reference,
    registry,
    lease,
    platform: options.platform === undefined ? hostPlatform() : parsePlatform(options.platform),
    isPlatformWished: options.platform !== undefined,
    report,
    signal: options.signal,
  };
  const tag = reference.digest ?? reference.tag ?? '';
  report({ status: `Pulling from ${familiarRepository(reference)}`, id: tag });
  const top = await fetchTop(pull, tag);
  const chosen = await resolveManifest(pull, top, 0);
  const wasHere = library.records.find(chosen.manifest.config.digest)?.manifest === chosen.digest;
  await bringImage(pull, chosen);
  const isSame = wasHere && library.records.imageOf(fullName(reference)) === chosen.manifest.config.digest;
  await recordImage(library, {
    manifest: chosen.manifest,
    manifestDigest: chosen.digest,
    manifestType: MEDIA_TYPES.ociManifest,
    names: namesFor(reference, top.digest),
  });
  const name = familiarName(reference);
  report({ status: `Digest: ${top.digest}` });
  report({
    status: isSame ? `Status: Image is up to date for ${name}` : `Status: Downloaded newer image for ${name}`,
  });
  library.publish({ action: 'pull', imageId: chosen.manifest.config.digest, name });
  return { id: chosen.manifest.config.digest };
}

/** A tag gives the image two names: the tag, and the digest that the tag pointed at. */
function namesFor(reference: ImageReference, digest: string): string[] {
  const byDigest = fullName({ ...reference, digest });
  return reference.digest === undefined ? [fullName(reference), byDigest] : [byDigest];
}

async function fetchTop(pull: Pull, tag: string): Promise<FetchedManifest> {
  try {
    return await pull.registry.manifest(pull.reference.path, tag, pull.signal);
  } catch (error) {
    if (
      !(error instanceof EngineError) ||
      error.kind !== 'not-found' ||
      !error.message.startsWith('manifest')
    )
      throw error;
    const name = familiarName(pull.reference);
    throw new EngineError('not-found', `manifest for ${name} not found: manifest unknown: manifest unknown`, {
      cause: error,
    });
  }
}

interface ChosenManifest {
  readonly manifest: Manifest;
  readonly digest: string;
}

/** An index may point at another one; nobody needs more. */
const MAX_NESTING = 3;

async function resolveManifest(pull: Pull, fetched: FetchedManifest, depth: number): Promise<ChosenManifest> {
  const document = parseManifest(fetched.bytes, fetched.mediaType);
  if (document.kind === 'manifest') {
    const { manifest, bytes } = asOciManifest(document, fetched.bytes);
    const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
    await pull.lease.add([digest]);
    pull.library.content.write(bytes);
    return { manifest, digest };
  }
  if (depth >= MAX_NESTING)
    throw new EngineError('invalid-parameter', `manifest lists are nested deeper than ${MAX_NESTING}`);
  const entry = entryFor(pull, document.index);
  if (entry.size > MAX_MANIFEST_BYTES)
    throw new EngineError('invalid-parameter', `manifest ${entry.digest} is larger than 4 MiB`);
  return await resolveManifest(
    pull,
    await pull.registry.manifest(pull.reference.path, entry.digest, pull.signal),
    depth + 1,
  );
}

function entryFor(pull: Pull, index: ManifestIndex): Descriptor {
  const entry = choosePlatform(index.manifests, pull.platform);
  if (entry !== undefined) return entry;
  // An entry without a platform may be an index of its own, or the only image there is.
  const [only] = index.manifests.filter(({ platform }) => platform === undefined);
  if (only !== undefined) return only;
  const wanted = formatPlatform(pull.platform);
  throw new EngineError('not-found', `no matching manifest for ${wanted} in the manifest list entries`);
}

async function bringImage(pull: Pull, { manifest }: ChosenManifest): Promise<void> {
  const { library, lease, report, signal } = pull;
  const { config, layers } = manifest;
  if (config.size > MAX_CONFIG_BYTES)
    throw new EngineError('invalid-parameter', `the image config of ${config.size} bytes is too large`);
  await lease.add([config.digest, ...layers.map(({ digest }) => digest)]);
  const download = {
    registry: pull.registry,
    repository: pull.reference.path,
    content: library.content,
    signal,
  };
  await downloadBlob(download, config, () => undefined);
  const document = parseImageConfig(library.content.read(config.digest));
  assertRuns(pull, document);
  const plans = planLayers(manifest, document);
  await lease.add(plans.map(({ chainId }) => chainId));
  await bringLayers(plans, {
    library,
    report,
    signal,
    fetch: async (blob, progress) => {
      await downloadBlob(download, blob, (bytes) => progress.advance('Downloading', bytes, blob.size));
      told(progress);
    },
  });
}

function told(progress: LayerProgress): void {
  progress.status('Verifying Checksum');
  progress.status('Download complete');
}

/** An index chooses; a single image is what it is. */
function assertRuns(pull: Pull, config: ImageDocument): void {
  const name = familiarName(pull.reference);
  if (pull.isPlatformWished) requirePlatform(name, config, pull.platform);
  if (isCompatible(config, pull.platform)) return;
  const wanted = formatPlatform(pull.platform);
  throw new EngineError(
    'not-found',
    `image ${name} is for ${formatPlatform(config)}, and this machine is ${wanted}`,
  );
}
