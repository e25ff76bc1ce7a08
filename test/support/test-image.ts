// Small OCI images made on the spot, as an OCI image layout on disk: what skopeo pushes, what `docker save` would write
// and what a registry serves. Layers are lists of entries, so a test says exactly what its image holds.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { type Header, pack } from 'tar-stream';

/** One entry of a layer; `pax` holds extended headers (`SCHILY.xattr.security.capability`). */
export interface LayerEntry extends Partial<Omit<Header, 'name' | 'pax'>> {
  readonly name: string;
  readonly content?: string | Buffer;
  readonly pax?: Readonly<Record<string, string>>;
}

export type Compression = 'gzip' | 'zstd' | 'none';

/** Entries, or a tar that something else made. */
export interface LayerOptions {
  readonly entries?: readonly LayerEntry[];
  readonly tar?: Buffer;
  readonly compression?: Compression;
}

/** The `config` object of an image (OCI image-spec, "Image Configuration"). */
export interface ImageConfig {
  readonly Env?: readonly string[];
  readonly Entrypoint?: readonly string[];
  readonly Cmd?: readonly string[];
  readonly User?: string;
  readonly WorkingDir?: string;
  readonly Volumes?: Readonly<Record<string, object>>;
  readonly ExposedPorts?: Readonly<Record<string, object>>;
  readonly StopSignal?: string;
  readonly Labels?: Readonly<Record<string, string>>;
}

export interface ImageOptions {
  readonly layers: readonly LayerOptions[];
  readonly config?: ImageConfig;
  readonly architecture?: string;
  /** The tag inside the layout. */
  readonly tag?: string;
}

export interface TestImage {
  /** The directory of the OCI layout. */
  readonly layout: string;
  readonly tag: string;
  readonly manifestDigest: string;
  readonly configDigest: string;
  readonly layers: readonly { readonly digest: string; readonly diffId: string; readonly size: number }[];
}

const LAYER_TYPES = {
  gzip: 'application/vnd.oci.image.layer.v1.tar+gzip',
  zstd: 'application/vnd.oci.image.layer.v1.tar+zstd',
  none: 'application/vnd.oci.image.layer.v1.tar',
} as const satisfies Record<Compression, string>;
const COMPRESS = {
  gzip: (bytes: Buffer) => gzipSync(bytes),
  zstd: (bytes: Buffer) => zstdCompressSync(bytes),
  none: (bytes: Buffer) => bytes,
} as const satisfies Record<Compression, (bytes: Buffer) => Buffer>;

export function digestOf(bytes: Buffer | string): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** The tar of a layer. Times are fixed, so that the same entries give the same digest. */
export async function layerTar(entries: readonly LayerEntry[]): Promise<Buffer> {
  const archive = pack();
  for (const { content, ...header } of entries) {
    const bytes = typeof content === 'string' ? Buffer.from(content) : content;
    const headers = { mtime: new Date(1_700_000_000_000), uid: 0, gid: 0, ...header };
    if (bytes === undefined) archive.entry(headers);
    else archive.entry({ ...headers, size: bytes.length }, bytes);
  }
  archive.finalize();
  return await buffer(archive);
}

function writeBlob(layout: string, bytes: Buffer): { digest: string; size: number } {
  const digest = digestOf(bytes);
  writeFileSync(join(layout, 'blobs/sha256', digest.slice('sha256:'.length)), bytes);
  return { digest, size: bytes.length };
}

function writeJson(layout: string, value: object): { digest: string; size: number } {
  return writeBlob(layout, Buffer.from(JSON.stringify(value)));
}

async function writeLayer(layout: string, layer: LayerOptions) {
  const compression = layer.compression ?? 'gzip';
  const { bytes, diffId } = await packedLayer(layer, compression);
  return { ...writeBlob(layout, bytes), mediaType: LAYER_TYPES[compression], diffId };
}

interface PackedLayer {
  readonly bytes: Buffer;
  readonly diffId: string;
}

/** Nearly every test has an image of the same busybox; on an emulated machine packing it once more takes seconds. */
const packed = new WeakMap<readonly LayerEntry[], Map<Compression, Promise<PackedLayer>>>();

async function packedLayer(layer: LayerOptions, compression: Compression): Promise<PackedLayer> {
  const { entries = [], tar } = layer;
  if (tar !== undefined) return packedTar(tar, compression);
  const known = packed.get(entries) ?? new Map<Compression, Promise<PackedLayer>>();
  packed.set(entries, known);
  const result = known.get(compression) ?? layerTar(entries).then((made) => packedTar(made, compression));
  known.set(compression, result);
  return await result;
}

const packedTar = (tar: Buffer, compression: Compression): PackedLayer => ({
  bytes: COMPRESS[compression](tar),
  diffId: digestOf(tar),
});

const thisArchitecture = process.arch === 'arm64' ? 'arm64' : 'amd64';

/** Writes an image with one manifest as an OCI layout into a directory (made if missing). */
export async function buildImage(layout: string, options: ImageOptions): Promise<TestImage> {
  mkdirSync(join(layout, 'blobs/sha256'), { recursive: true });
  const layers = await Promise.all(options.layers.map((layer) => writeLayer(layout, layer)));
  const config = writeJson(layout, {
    architecture: options.architecture ?? thisArchitecture,
    os: 'linux',
    created: '2023-11-14T22:13:20Z',
    config: options.config ?? {},
    rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
    history: layers.map((_, index) => ({ created: '2023-11-14T22:13:20Z', created_by: `layer ${index}` })),
  });
  const manifest = writeJson(layout, {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', ...config },
    layers: layers.map(({ mediaType, digest, size }) => ({ mediaType, digest, size })),
  });
  const tag = options.tag ?? 'latest';
  writeFileSync(join(layout, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  const descriptor = {
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    ...manifest,
    annotations: { 'org.opencontainers.image.ref.name': tag },
  };
  writeFileSync(join(layout, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [descriptor] }));
  return { layout, tag, manifestDigest: manifest.digest, configDigest: config.digest, layers };
}

function applets(): string[] {
  return execFileSync('busybox', ['--list'], { encoding: 'utf8' }).trim().split('\n');
}

let busybox: readonly LayerEntry[] | undefined;

/** A root of the static busybox with a link for each applet, and the usual accounts. The same array each time. */
export const busyboxEntries = (): readonly LayerEntry[] => (busybox ??= newBusyboxEntries());

function newBusyboxEntries(): LayerEntry[] {
  const directories = ['bin', 'etc', 'home', 'proc', 'root', 'sys', 'dev', 'usr', 'usr/bin', 'var', 'run'];
  return [
    ...directories.map((name): LayerEntry => ({ name: `${name}/`, type: 'directory', mode: 0o755 })),
    { name: 'tmp/', type: 'directory', mode: 0o1777 },
    { name: 'bin/busybox', mode: 0o755, content: readFileSync('/bin/busybox') },
    ...applets()
      .filter((name) => name !== 'busybox')
      .map((name): LayerEntry => ({
        name: `bin/${name}`,
        type: 'symlink',
        linkname: 'busybox',
        mode: 0o777,
      })),
    {
      name: 'etc/passwd',
      mode: 0o644,
      content:
        'root:x:0:0:root:/root:/bin/sh\ndaemon:x:1:1:daemon:/usr/sbin:/bin/false\n' +
        'www:x:33:33:www:/var/www:/bin/false\nalice:x:1000:1000:Alice:/home/alice:/bin/sh\n',
    },
    {
      name: 'etc/group',
      mode: 0o644,
      content: 'root:x:0:\ndaemon:x:1:\nwww:x:33:\naudio:x:29:alice\nstaff:x:50:alice,www\nalice:x:1000:\n',
    },
    { name: 'home/alice/', type: 'directory', mode: 0o755, uid: 1000, gid: 1000 },
  ];
}

/** A usable image of one layer: busybox, `sh` as command. */
export async function busyboxImage(layout: string, config: ImageConfig = {}): Promise<TestImage> {
  return await buildImage(layout, {
    layers: [{ entries: busyboxEntries() }],
    config: {
      Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
      Cmd: ['sh'],
      ...config,
    },
  });
}

/** vfs_cap_data of revision 2 with one permitted and effective capability, <linux/capability.h>. */
export function fileCapability(capability: number): Buffer {
  const bytes = Buffer.alloc(20);
  bytes.writeUInt32LE(0x0200_0001, 0);
  bytes.writeUInt32LE((1 << capability) >>> 0, 4);
  return bytes;
}

/** A sparse file of 8 MiB with data at the start and at the end, as GNU tar writes it in its pax format. */
export function sparseTar(directory: string): Buffer {
  const path = join(directory, 'sparse');
  execFileSync('truncate', ['-s', '8M', path]);
  execFileSync('dd', ['if=/dev/zero', `of=${path}`, 'bs=1', 'seek=8388607', 'count=1', 'conv=notrunc'], {
    stdio: 'ignore',
  });
  writeFileSync(path, 'start', { flag: 'r+' });
  const args = ['--sparse', '--format=pax', '--owner=0', '--group=0', '-C', directory, '-cf', '-', 'sparse'];
  return execFileSync('tar', args, { maxBuffer: 64 << 20 });
}

const LONG_NAME = `long/${'directory-with-a-long-name/'.repeat(8)}${'f'.repeat(200)}`;

/**
 * Three layers with what is hard about unpacking: whiteouts, an opaque directory, a hard link across directories,
 * file capabilities, devices, a fifo, names beyond 100 bytes and beyond ASCII, set-id bits, a file turned into a
 * directory, zstd and plain layers beside gzip.
 * @param middle compression of the second layer, for readers that know no zstd
 */
export async function awkwardImage(layout: string, middle: Compression = 'zstd'): Promise<TestImage> {
  const directory = (name: string, mode = 0o755): LayerEntry => ({
    name: `${name}/`,
    type: 'directory',
    mode,
  });
  return await buildImage(layout, {
    layers: [
      {
        entries: [
          ...busyboxEntries(),
          directory('gone'),
          { name: 'gone/file', content: 'whited out', mode: 0o644 },
          directory('opaque'),
          { name: 'opaque/old', content: 'hidden', mode: 0o644 },
          directory('opaque/olddir'),
          { name: 'becomes-directory', content: 'a file first', mode: 0o644 },
          { name: 'keep', content: 'kept', mode: 0o640, uid: 1000, gid: 33 },
        ],
      },
      {
        compression: middle,
        entries: [
          { name: '.wh.gone', content: '', mode: 0o000 },
          directory('opaque'),
          { name: 'opaque/.wh..wh..opq', content: '', mode: 0o000 },
          { name: 'opaque/new', content: 'seen', mode: 0o644 },
          directory('becomes-directory'),
          { name: 'becomes-directory/inside', content: 'now a directory', mode: 0o644 },
          { name: 'hard', type: 'link', linkname: 'keep', mode: 0o640 },
          { name: LONG_NAME, content: 'long', mode: 0o644 },
          { name: 'größe-名前', content: 'unicode', mode: 0o644 },
        ],
      },
      {
        compression: 'none',
        entries: [
          {
            name: 'bin/ping-cap',
            mode: 0o755,
            content: 'capable',
            pax: { 'SCHILY.xattr.security.capability': fileCapability(13).toString('latin1') },
          },
          { name: 'setid', content: 'x', mode: 0o6755, uid: 1000, gid: 1000 },
          { name: 'dev/odd-null', type: 'character-device', devmajor: 1, devminor: 3, mode: 0o666 },
          { name: 'dev/loop-like', type: 'block-device', devmajor: 7, devminor: 300, mode: 0o660 },
          { name: 'run/fifo', type: 'fifo', mode: 0o600 },
        ],
      },
    ],
    config: { Env: ['PATH=/bin'], Cmd: ['sh'] },
  });
}

const skopeo = (...args: string[]) =>
  void execFileSync('skopeo', ['--insecure-policy', 'copy', '-q', ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });

/** Pushes an image to a registry; `name` is `127.0.0.1:5000/library/busybox:latest`. */
export function pushImage(image: TestImage, name: string, flags: readonly string[] = []): void {
  skopeo('--dest-tls-verify=false', ...flags, `oci:${image.layout}:${image.tag}`, `docker://${name}`);
}

/** Writes what `docker save` writes. */
export function saveDockerArchive(
  image: Pick<TestImage, 'layout' | 'tag'>,
  path: string,
  reference: string,
): void {
  skopeo(`oci:${image.layout}:${image.tag}`, `docker-archive:${path}:${reference}`);
}

/** What `docker save` writes, without skopeo: an engine gets its image where there are no other tools. */
export async function dockerArchive(image: TestImage, reference: string): Promise<Buffer> {
  const blob = (digest: string) => readFileSync(join(image.layout, 'blobs/sha256', hexOf(digest)));
  const layers = image.layers.map(({ digest }) => ({
    name: `${hexOf(digest)}/layer.tar`,
    content: blob(digest),
  }));
  const config = { name: `${hexOf(image.configDigest)}.json`, content: blob(image.configDigest) };
  const manifest = [{ Config: config.name, RepoTags: [reference], Layers: layers.map(({ name }) => name) }];
  return await layerTar([config, ...layers, { name: 'manifest.json', content: JSON.stringify(manifest) }]);
}

const hexOf = (digest: string) => digest.slice('sha256:'.length);

/** Writes an OCI layout as one tar file. */
export function saveOciArchive(image: Pick<TestImage, 'layout'>, path: string): void {
  execFileSync('tar', ['-C', image.layout, '-cf', path, '.']);
}
