// Loads what `docker save`, `podman save` and skopeo write: a tar with a manifest.json, or of an OCI image layout.
import { z } from 'zod';
import { EngineError } from '../api/errors.ts';
import {
  type Descriptor,
  MEDIA_TYPES,
  type Manifest,
  asOciManifest,
  parseManifest,
} from '../registry/manifest.ts';
import { choosePlatform, hostPlatform } from '../registry/platform.ts';
import { type Compression, compressionOf } from '../storage/unpack/decompress.ts';
import { type ArchiveFile, type ArchiveFiles, readArchive } from './archive-files.ts';
import { parseImageConfig } from './image-config.ts';
import { type ImageLibrary, sweepHalfDone } from './image-library.ts';
import type { LoadOptions } from './image-service.ts';
import { bringLayers } from './layers.ts';
import type { Lease } from './lease.ts';
import { planLayers, recordImage } from './record-image.ts';
import { familiarName, fullName, parseReference, withDefaultTag } from './reference.ts';

/** An image of an archive, ready to be unpacked. */
interface FoundImage {
  readonly manifest: Manifest;
  readonly manifestBytes: Buffer;
  readonly manifestType: string;
  /** Config and layers, by digest. */
  readonly blobs: ReadonlyMap<string, ArchiveFile>;
  /** Full names. */
  readonly names: readonly string[];
}

/** @returns familiar names, or ids of images without one */
export async function loadImages(
  library: ImageLibrary,
  source: string | NodeJS.ReadableStream,
  options: LoadOptions,
): Promise<string[]> {
  await sweepHalfDone(library);
  using lease = await library.leases.open(options.signal);
  await using files = await readArchive(source, library.content, options.signal);
  const images = findImages(files);
  const loaded: string[] = [];
  for (const image of images) {
    await bringImage(library, image, { lease, ...options });
    const id = image.manifest.config.digest;
    const names = image.names.map((name) => familiarName(parseReference(name)));
    loaded.push(...(names.length > 0 ? names : [id]));
    if (names.length === 0) options.report?.({ stream: `Loaded image ID: ${id}\n` });
    for (const name of names) options.report?.({ stream: `Loaded image: ${name}\n` });
    library.publish({ action: 'load', imageId: id, name: names[0] ?? id });
  }
  return loaded;
}

async function bringImage(
  library: ImageLibrary,
  image: FoundImage,
  options: LoadOptions & { lease: Lease },
): Promise<void> {
  const { manifest, manifestBytes, manifestType, blobs, names } = image;
  const { lease } = options;
  const config = blobs.get(manifest.config.digest);
  const plans = planLayers(manifest, parseImageConfig(documentOf(config, 'the image config')));
  await lease.add([...blobs.keys(), ...plans.map(({ chainId }) => chainId)]);
  for (const [digest, file] of blobs) if (!library.content.has(digest)) await file.keep();
  const manifestDigest = library.content.write(manifestBytes);
  await lease.add([manifestDigest]);
  if (!library.content.has(manifestDigest)) library.content.write(manifestBytes);
  await bringLayers(plans, {
    library,
    report: options.report ?? (() => undefined),
    fetch: undefined,
    signal: options.signal,
  });
  await recordImage(library, { manifest, manifestDigest, manifestType, names });
}

function findImages(files: ArchiveFiles): FoundImage[] {
  const dockerManifest = files.find('manifest.json');
  if (dockerManifest !== undefined) return dockerImages(files, documentOf(dockerManifest, 'manifest.json'));
  const index = files.find('index.json');
  if (index !== undefined) return ociImages(files, documentOf(index, 'index.json'));
  throw new EngineError(
    'invalid-parameter',
    'the archive holds neither manifest.json (docker save) nor index.json (OCI image layout)',
  );
}

const dockerManifests = z.array(
  z.object({
    Config: z.string(),
    RepoTags: z.array(z.string()).nullable().optional(),
    Layers: z.array(z.string()),
  }),
);

/** https://github.com/moby/docker-image-spec "Combined Image JSON + Filesystem Changeset Format". */
function dockerImages(files: ArchiveFiles, bytes: Buffer): FoundImage[] {
  return parseDocument(dockerManifests, bytes, 'manifest.json').map((entry) => {
    const config = fileOf(files, entry.Config);
    const layers = entry.Layers.map((name) => fileOf(files, name));
    const manifest: Manifest = {
      schemaVersion: 2,
      mediaType: MEDIA_TYPES.ociManifest,
      config: { mediaType: MEDIA_TYPES.ociConfig, digest: config.digest, size: config.size },
      layers: layers.map((file) => ({ mediaType: layerType(file), digest: file.digest, size: file.size })),
    };
    return {
      manifest,
      manifestBytes: Buffer.from(JSON.stringify(manifest)),
      manifestType: MEDIA_TYPES.ociManifest,
      blobs: new Map([config, ...layers].map((file) => [file.digest, file])),
      names: (entry.RepoTags ?? []).map((tag) => fullName(withDefaultTag(parseReference(tag)))),
    };
  });
}

const LAYER_SUFFIX: Readonly<Record<Compression, string>> = { none: '', gzip: '+gzip', zstd: '+zstd' };

function layerType(file: ArchiveFile): string {
  return `${MEDIA_TYPES.ociLayer}${LAYER_SUFFIX[compressionOf(file.head)]}`;
}

function ociImages(files: ArchiveFiles, bytes: Buffer): FoundImage[] {
  const document = parseManifest(bytes, MEDIA_TYPES.ociIndex);
  if (document.kind !== 'index')
    throw new EngineError('invalid-parameter', 'index.json of the archive is no index');
  return document.index.manifests.map((descriptor) => ociImage(files, descriptor, namesOf(descriptor)));
}

/** containerd writes the whole name, others only the part that tells images of one layout apart. */
function namesOf({ annotations = {} }: Descriptor): string[] {
  const name =
    annotations['io.containerd.image.name'] ?? annotations['org.opencontainers.image.ref.name'] ?? '';
  // A tag alone names no repository.
  return /[/:]/.test(name) ? [fullName(withDefaultTag(parseReference(name)))] : [];
}

function ociImage(files: ArchiveFiles, descriptor: Descriptor, names: readonly string[]): FoundImage {
  const file = blobOf(files, descriptor);
  const manifestBytes = documentOf(file, `manifest ${descriptor.digest}`);
  const document = parseManifest(manifestBytes, descriptor.mediaType);
  if (document.kind === 'index') {
    const chosen = choosePlatform(document.index.manifests, hostPlatform()) ?? document.index.manifests[0];
    if (chosen === undefined)
      throw new EngineError('invalid-parameter', `index ${descriptor.digest} is empty`);
    return ociImage(files, chosen, names);
  }
  const { manifest, bytes } = asOciManifest(document, manifestBytes);
  const blobs = [manifest.config, ...manifest.layers].map((blob) => blobOf(files, blob));
  return {
    manifest,
    manifestBytes: bytes,
    manifestType: MEDIA_TYPES.ociManifest,
    blobs: new Map(blobs.map((blob) => [blob.digest, blob])),
    names,
  };
}

/** A blob is what its digest says, not what its name says. */
function blobOf(files: ArchiveFiles, { digest, size }: Descriptor): ArchiveFile {
  const file = fileOf(files, `blobs/${digest.replace(':', '/')}`);
  if (file.digest !== digest || file.size !== size)
    throw new EngineError(
      'invalid-parameter',
      `blob ${digest} of the archive has digest ${file.digest} and ${file.size} of ${size} bytes`,
    );
  return file;
}

function fileOf(files: ArchiveFiles, name: string): ArchiveFile {
  const file = files.find(name);
  if (file === undefined) throw new EngineError('invalid-parameter', `the archive lacks ${name}`);
  return file;
}

function documentOf(file: ArchiveFile | undefined, name: string): Buffer {
  if (file?.bytes === undefined)
    throw new EngineError('invalid-parameter', `${name} of the archive is missing or too large`);
  return file.bytes;
}

function parseDocument<T>(schema: z.ZodType<T>, bytes: Buffer, name: string): T {
  try {
    return schema.parse(JSON.parse(bytes.toString('utf8')));
  } catch (error) {
    throw new EngineError('invalid-parameter', `${name} of the archive is not valid`, { cause: error });
  }
}
