// Files of this machine → a tar for a container.
import { createReadStream, type Stats } from 'node:fs';
import { lstat, readdir, readlink, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { pack, type Pack } from 'tar-stream';

export interface PackOptions {
  /** See CopyPlan. */
  readonly topName: string;
  /** Follow the source itself where it is a symbolic link. */
  readonly followLink: boolean;
  /** Keep uid and gid; without it everything is root's. */
  readonly owners: boolean;
}

export interface PackedArchive {
  readonly stream: NodeJS.ReadableStream;
  /** How many bytes of files went in; resolves at the end, rejects with what went wrong on the way. */
  readonly bytes: Promise<number>;
}

export function packPath(source: string, options: PackOptions): PackedArchive {
  const archive = pack();
  const bytes = packTop(archive, source, options);
  bytes.catch((error: unknown) => archive.destroy(error instanceof Error ? error : new Error(String(error))));
  return { stream: Readable.from(archive, { objectMode: false }), bytes };
}

async function packTop(archive: Pack, source: string, options: PackOptions): Promise<number> {
  const stats = await (options.followLink ? stat(source) : lstat(source));
  const bytes =
    options.topName === ''
      ? await packChildren(archive, { path: source, name: '' }, options)
      : await packEntry(archive, { path: source, name: options.topName, stats }, options);
  archive.finalize();
  return bytes;
}

interface Place {
  readonly path: string;
  readonly name: string;
}

async function packEntry(
  archive: Pack,
  { path, name, stats }: Place & { readonly stats: Stats },
  options: PackOptions,
): Promise<number> {
  const headers = {
    name,
    mode: stats.mode & 0o7777,
    mtime: stats.mtime,
    uid: options.owners ? stats.uid : 0,
    gid: options.owners ? stats.gid : 0,
  };
  if (stats.isDirectory()) {
    archive.entry({ ...headers, type: 'directory' });
    return await packChildren(archive, { path, name }, options);
  }
  if (stats.isSymbolicLink()) {
    archive.entry({ ...headers, type: 'symlink', linkname: await readlink(path) });
    return 0;
  }
  if (!stats.isFile()) return 0; // sockets and the like are nothing that a copy could hold
  const entry = archive.entry({ ...headers, size: stats.size });
  // A file that grows meanwhile must not break the archive: the header has promised its size.
  if (stats.size > 0) await pipeline(createReadStream(path, { end: stats.size - 1 }), entry);
  else entry.end(Buffer.alloc(0));
  return stats.size;
}

async function packChildren(archive: Pack, { path, name }: Place, options: PackOptions): Promise<number> {
  let bytes = 0;
  for (const child of (await readdir(path)).sort()) {
    const place = { path: join(path, child), name: name === '' ? child : `${name}/${child}` };
    bytes += await packEntry(archive, { ...place, stats: await lstat(place.path) }, options);
  }
  return bytes;
}
