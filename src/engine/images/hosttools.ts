// The image gantry/hosttools: this machine's own shell and core utilities, so that a first container runs without any
// network. The same machine gives the same image: entries in order of name, times of the files themselves.
import { createHash } from 'node:crypto';
import { lstatSync } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createZstdCompress } from 'node:zlib';
import { type Pack, pack } from 'tar-stream';
import { EngineError } from '../api/errors.ts';
import { MEDIA_TYPES, type Manifest } from '../registry/manifest.ts';
import { hostPlatform } from '../registry/platform.ts';
import { type HostFile, createHostFiles } from './host-files.ts';
import { parseImageConfig } from './image-config.ts';
import type { ImageLibrary } from './image-library.ts';
import type { LoadOptions } from './image-service.ts';
import { bringLayers } from './layers.ts';
import type { Lease } from './lease.ts';
import { planLayers, recordImage } from './record-image.ts';
import { familiarName, parseReference } from './reference.ts';

export const HOSTTOOLS = 'docker.io/gantry/hosttools:latest';

/** @returns the image's id */
export async function buildHosttools(library: ImageLibrary, options: LoadOptions): Promise<{ id: string }> {
  using lease = await library.leases.open(options.signal);
  const report = options.report ?? (() => undefined);
  const name = familiarName(parseReference(HOSTTOOLS));
  report({ status: `Collecting the shell and core utilities of this machine`, id: name });
  const files = collectFiles();
  const count = [...files.values()].filter(({ type }) => type === 'file').length;
  report({ status: `Packing ${count} files`, id: name });
  const layer = await packLayer(library, files, lease);
  const { manifest, config } = describe(layer, newestOf(files));
  await lease.add([manifest.config.digest, digestOf(config)]);
  library.content.write(config);
  const manifestBytes = Buffer.from(JSON.stringify(manifest));
  await lease.add([digestOf(manifestBytes)]);
  const manifestDigest = library.content.write(manifestBytes);
  const plans = planLayers(manifest, parseImageConfig(config));
  await lease.add(plans.map(({ chainId }) => chainId));
  await bringLayers(plans, { library, report, fetch: undefined, signal: options.signal });
  await recordImage(library, {
    manifest,
    manifestDigest,
    manifestType: MEDIA_TYPES.ociManifest,
    names: [HOSTTOOLS],
  });
  report({ status: `Status: Built ${name}` });
  library.publish({ action: 'load', imageId: manifest.config.digest, name });
  return { id: manifest.config.digest };
}

/** Looked for in this order; what a machine lacks is left out, or taken from busybox. */
const TOOLS =
  'sh bash dash [ awk base64 basename cat chgrp chmod chown clear cmp cp cut date dd df diff dirname du echo env expr ' +
  'false find free getent grep egrep fgrep gunzip gzip head hostname id ip kill less ln ls md5sum mkdir mkfifo mktemp more ' +
  'mount mv nice nl nohup nproc od paste pgrep ping pkill printenv printf ps pwd readlink realpath rm rmdir sed seq sha256sum ' +
  'sleep sort ss stat stty sync tail tar tee test timeout top touch tr true truncate tty umount uname uniq uptime vi ' +
  'wc wget whoami which xargs yes';
const PLACES = ['/usr/bin', '/bin', '/usr/sbin', '/sbin'];
const TERMINALS = [
  'l/linux',
  's/screen',
  's/screen-256color',
  't/tmux-256color',
  'v/vt100',
  'x/xterm',
  'x/xterm-256color',
];
const TERMINFO = ['/lib/terminfo', '/usr/share/terminfo'];
/** Loaded by name where a C library older than 2.34 looks up users and hosts. */
const NAME_SERVICES = ['libnss_files.so.2', 'libnss_dns.so.2'];

function collectFiles(): Map<string, HostFile> {
  const collection = createHostFiles();
  const missing = TOOLS.split(' ').filter(
    (tool) => !PLACES.some((place) => collection.add(`${place}/${tool}`)),
  );
  for (const terminal of TERMINALS) TERMINFO.some((directory) => collection.add(`${directory}/${terminal}`));
  const libraries = [...collection.files.keys()].find((path) => path.endsWith('/libc.so.6'));
  for (const name of NAME_SERVICES)
    if (libraries !== undefined) collection.add(libraries.replace('libc.so.6', name));
  const files = new Map(collection.files);
  const busybox = PLACES.map((place) => `${place}/busybox`).find((path) => collection.add(path));
  if (busybox !== undefined) {
    for (const [path, file] of collection.files) files.set(path, file);
    const real =
      [...files.keys()].find((path) => path.endsWith('/busybox') && files.get(path)?.type === 'file') ??
      busybox;
    for (const tool of missing)
      files.set(`${real.replace(/busybox$/, '')}${tool}`, { type: 'symlink', target: 'busybox', mtimeMs: 0 });
  }
  if (!PLACES.some((place) => files.has(`${place}/sh`)))
    throw new EngineError('unavailable', `this machine has no shell in ${PLACES.join(', ')}`);
  addFurniture(files);
  return files;
}

/** What programs expect of a root directory. */
function addFurniture(files: Map<string, HostFile>): void {
  const directory = (mode: number): HostFile => ({ type: 'directory', mode, mtimeMs: 0 });
  for (const path of ['/dev', '/etc', '/home', '/proc', '/run', '/sys', '/usr', '/var'])
    files.set(path, directory(0o755));
  for (const path of ['/tmp', '/var/tmp']) files.set(path, directory(0o1777));
  files.set('/root', directory(0o700));
  const text = (content: string): HostFile => ({
    type: 'file',
    mode: 0o644,
    content: Buffer.from(content),
    mtimeMs: 0,
  });
  files.set(
    '/etc/passwd',
    text('root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/bin/false\n'),
  );
  files.set('/etc/group', text('root:x:0:\ntty:x:5:\nnogroup:x:65534:\n'));
  files.set('/etc/nsswitch.conf', text('passwd: files\ngroup: files\nhosts: files dns\n'));
  files.set(
    '/etc/os-release',
    text('NAME="Gantry host tools"\nID=gantry-hosttools\nPRETTY_NAME="Gantry host tools"\n'),
  );
  // Machines without a merged /usr have these; others have links, which stay.
  for (const path of ['/bin', '/sbin']) if (!files.has(path)) files.set(path, linkOrDirectory(path));
}

function linkOrDirectory(path: string): HostFile {
  const isLink = lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
  return isLink
    ? { type: 'symlink', target: `usr${path}`, mtimeMs: 0 }
    : { type: 'directory', mode: 0o755, mtimeMs: 0 };
}

interface PackedLayer {
  readonly diffId: string;
  readonly digest: string;
  readonly size: number;
}

async function packLayer(
  library: ImageLibrary,
  files: ReadonlyMap<string, HostFile>,
  lease: Lease,
): Promise<PackedLayer> {
  const archive = pack();
  const diffHash = createHash('sha256');
  const compress = createZstdCompress();
  await using ingest = await library.content.ingestAny();
  const writing = pipeline(
    Readable.from(archive),
    async function* hashed(chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        diffHash.update(chunk);
        yield chunk;
      }
    },
    compress,
    async (chunks: AsyncIterable<Buffer>) => {
      for await (const chunk of chunks) await ingest.write(chunk);
    },
  );
  await Promise.all([writing, addEntries(archive, files)]);
  await lease.add([ingest.digest()]);
  const digest = await ingest.commit();
  return { diffId: `sha256:${diffHash.digest('hex')}`, digest, size: ingest.offset };
}

async function addEntries(archive: Pack, files: ReadonlyMap<string, HostFile>): Promise<void> {
  for (const path of [...files.keys()].sort()) {
    const file = files.get(path);
    if (file !== undefined) await addEntry(archive, path.slice(1), file);
  }
  archive.finalize();
}

async function addEntry(archive: Pack, name: string, file: HostFile): Promise<void> {
  const owner = { uid: 0, gid: 0, mtime: new Date(Math.floor(file.mtimeMs / 1000) * 1000) };
  if (file.type === 'directory')
    archive.entry({ ...owner, name: `${name}/`, type: 'directory', mode: file.mode });
  else if (file.type === 'symlink')
    archive.entry({ ...owner, name, type: 'symlink', linkname: file.target, mode: 0o777 });
  else {
    const entry = archive.entry({ ...owner, name, mode: file.mode, size: file.content.length });
    await pipeline(Readable.from([file.content], { objectMode: false }), entry);
  }
}

function newestOf(files: ReadonlyMap<string, HostFile>): Date {
  return new Date([...files.values()].reduce((newest, { mtimeMs }) => Math.max(newest, mtimeMs), 0));
}

function describe(layer: PackedLayer, created: Date): { manifest: Manifest; config: Buffer } {
  const { os, architecture, variant } = hostPlatform();
  const config = Buffer.from(
    JSON.stringify({
      created: created.toISOString(),
      architecture,
      os,
      ...(variant === undefined ? {} : { variant }),
      config: {
        Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
        Cmd: ['/bin/sh'],
        Labels: { 'org.opencontainers.image.title': 'Gantry host tools' },
      },
      rootfs: { type: 'layers', diff_ids: [layer.diffId] },
      history: [
        { created: created.toISOString(), created_by: 'gantry: shell and core utilities of this machine' },
      ],
    }),
  );
  const manifest: Manifest = {
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.ociManifest,
    config: { mediaType: MEDIA_TYPES.ociConfig, digest: digestOf(config), size: config.length },
    layers: [{ mediaType: `${MEDIA_TYPES.ociLayer}+zstd`, digest: layer.digest, size: layer.size }],
  };
  return { manifest, config };
}

function digestOf(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
