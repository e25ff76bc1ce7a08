// The JSON documents of a registry: OCI image-spec v1.1 and Docker's image manifest version 2, schema 2.
import { z } from 'zod';
import { EngineError } from '../api/errors.ts';

export const MEDIA_TYPES = {
  ociIndex: 'application/vnd.oci.image.index.v1+json',
  ociManifest: 'application/vnd.oci.image.manifest.v1+json',
  ociConfig: 'application/vnd.oci.image.config.v1+json',
  ociLayer: 'application/vnd.oci.image.layer.v1.tar',
  dockerList: 'application/vnd.docker.distribution.manifest.list.v2+json',
  dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json',
  dockerSchema1: 'application/vnd.docker.distribution.manifest.v1+json',
  dockerSchema1Signed: 'application/vnd.docker.distribution.manifest.v1+prettyjws',
} as const;

/** What we ask a registry for, best first. */
export const ACCEPTED_MANIFESTS = [
  MEDIA_TYPES.ociIndex,
  MEDIA_TYPES.dockerList,
  MEDIA_TYPES.ociManifest,
  MEDIA_TYPES.dockerManifest,
].join(', ');

/** The limit of the distribution spec; more is refused while it is being read. */
export const MAX_MANIFEST_BYTES = 4 << 20;

const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/, 'only sha256 digests are supported');

const platform = z.object({
  architecture: z.string(),
  os: z.string(),
  variant: z.string().optional(),
  'os.version': z.string().optional(),
});

const descriptor = z.object({
  mediaType: z.string(),
  digest,
  size: z.number().int().nonnegative(),
  urls: z.array(z.string()).optional(),
  platform: platform.optional(),
  annotations: z.record(z.string(), z.string()).optional(),
});
export type Descriptor = z.infer<typeof descriptor>;

const manifest = z.object({
  schemaVersion: z.literal(2),
  mediaType: z.string().optional(),
  config: descriptor,
  layers: z.array(descriptor),
});
export type Manifest = z.infer<typeof manifest>;

const index = z.object({
  schemaVersion: z.literal(2),
  mediaType: z.string().optional(),
  manifests: z.array(descriptor),
});
export type ManifestIndex = z.infer<typeof index>;

export type ManifestDocument =
  | { readonly kind: 'manifest'; readonly mediaType: string; readonly manifest: Manifest }
  | { readonly kind: 'index'; readonly mediaType: string; readonly index: ManifestIndex };

/**
 * Tells what a document is by what is in it: the header of a registry and the mediaType field are hints that may be
 * missing. Throws where it is neither, and names schema 1.
 */
export function parseManifest(bytes: Buffer, mediaType: string | undefined): ManifestDocument {
  const json = parseJson(bytes);
  const shape = z
    .object({
      schemaVersion: z.number(),
      mediaType: z.string().optional(),
      manifests: z.unknown(),
      fsLayers: z.unknown(),
    })
    .partial()
    .safeParse(json).data;
  if (shape?.schemaVersion === 1 || shape?.fsLayers !== undefined)
    throw invalid('the image has a manifest of schema version 1, which is obsolete: it must be pushed again');
  const isIndex = shape?.manifests !== undefined;
  const type = shape?.mediaType ?? mediaType;
  if (isIndex) return { kind: 'index', mediaType: type ?? MEDIA_TYPES.ociIndex, index: checked(index, json) };
  return { kind: 'manifest', mediaType: type ?? MEDIA_TYPES.ociManifest, manifest: checked(manifest, json) };
}

/** Docker's names of what OCI calls otherwise; the bytes are the same. */
const OCI_NAMES: Readonly<Record<string, string>> = {
  'application/vnd.docker.container.image.v1+json': MEDIA_TYPES.ociConfig,
  'application/vnd.docker.image.rootfs.diff.tar': MEDIA_TYPES.ociLayer,
  'application/vnd.docker.image.rootfs.diff.tar.gzip': `${MEDIA_TYPES.ociLayer}+gzip`,
  'application/vnd.docker.image.rootfs.diff.tar.zstd': `${MEDIA_TYPES.ociLayer}+zstd`,
  'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip': `${MEDIA_TYPES.ociLayer}+gzip`,
};

/** A manifest as an OCI layout may hold it: tools that read layouts skip those of Docker's own type. */
export function asOciManifest(
  document: Extract<ManifestDocument, { kind: 'manifest' }>,
  bytes: Buffer,
): { readonly manifest: Manifest; readonly bytes: Buffer } {
  if (document.mediaType !== MEDIA_TYPES.dockerManifest) return { manifest: document.manifest, bytes };
  const rename = (blob: Descriptor): Descriptor => ({
    ...blob,
    mediaType: OCI_NAMES[blob.mediaType] ?? blob.mediaType,
  });
  const { config, layers } = document.manifest;
  const manifest: Manifest = {
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.ociManifest,
    config: rename(config),
    layers: layers.map(rename),
  };
  return { manifest, bytes: Buffer.from(JSON.stringify(manifest)) };
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    throw new EngineError('invalid-parameter', 'the manifest is not JSON', { cause: error });
  }
}

function checked<T>(schema: z.ZodType<T>, json: unknown): T {
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw invalid(`the manifest is not valid: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'unknown'}`);
}

function invalid(message: string): EngineError {
  return new EngineError('invalid-parameter', message);
}
