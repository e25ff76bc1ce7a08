// A container's tar → files of this machine. The names come from a container and are not trusted: nothing is written
// through a symbolic link or above the directory.
import { constants, type Stats } from 'node:fs';
import { chmod, lchown, link, lstat, lutimes, mkdir, open, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { extract, type Extract, type Header } from 'tar-stream';
import { ExitError } from '../exit-error.ts';
import { renameTop } from './copy-names.ts';

type Entry = Extract extends AsyncIterable<infer E> ? E : never;

export interface UnpackOptions {
  readonly directory: string;
  /** See CopyPlan. */
  readonly topName: string;
  /** With the archive's owners. */
  readonly owners: boolean;
}

/** Answers how many bytes of files were written. */
export async function unpackArchive(archive: NodeJS.ReadableStream, options: UnpackOptions): Promise<number> {
  const extractor = extract();
  archive.on('error', (error: Error) => extractor.destroy(error));
  archive.pipe(extractor);
  const directories: { path: string; headers: Header }[] = [];
  let bytes = 0;
  for await (const entry of extractor) {
    const name = renameTop(entry.header.name, options.topName);
    if (name === undefined) {
      entry.resume();
      continue;
    }
    const path = await safePath(options.directory, name);
    await writeEntry(path, entry, options);
    if (entry.header.type === 'directory') directories.push({ path, headers: entry.header });
    else await applyMetadata(path, entry.header, options.owners);
    bytes += entry.header.size;
  }
  // Innermost first and at the end: writing into a directory changes its times, and its mode may forbid it.
  for (const { path, headers } of directories.reverse()) await applyMetadata(path, headers, options.owners);
  return bytes;
}

/** @throws ExitError for a name that would leave the directory, by its own words or by a link on the way */
async function safePath(directory: string, name: string): Promise<string> {
  const parts = name.split('/');
  if (parts.some((part) => part === '' || part === '.' || part === '..')) {
    throw new ExitError(1, `gantry: refusing a path of the archive that leaves its directory: ${name}`);
  }
  let parent = directory;
  for (const part of parts.slice(0, -1)) {
    parent = join(parent, part);
    const stats = await lstatIfThere(parent);
    if (stats === undefined) await mkdir(parent);
    else if (!stats.isDirectory()) {
      throw new ExitError(1, `gantry: refusing to write through ${parent}: not a directory`);
    }
  }
  return join(directory, name);
}

async function writeEntry(path: string, entry: Entry, options: UnpackOptions): Promise<void> {
  const { type } = entry.header;
  if (type === 'directory') await makeDirectory(path);
  else await replaceOther(path, entry, options);
  entry.resume();
}

async function makeDirectory(path: string): Promise<void> {
  const stats = await lstatIfThere(path);
  if (stats === undefined) await mkdir(path, 0o700);
  else if (!stats.isDirectory())
    throw new ExitError(1, `gantry: cannot overwrite non-directory ${path} with directory`);
}

async function replaceOther(path: string, entry: Entry, options: UnpackOptions): Promise<void> {
  const { type, linkname } = entry.header;
  const stats = await lstatIfThere(path);
  if (stats?.isDirectory() === true) {
    throw new ExitError(1, `gantry: cannot overwrite directory ${path} with non-directory`);
  }
  await rm(path, { force: true });
  if (type === 'symlink') await symlink(linkname, path);
  else if (type === 'link') await link(await hardLinkTarget(linkname, options), path);
  else if (type === 'file' || type === 'contiguous-file') await writeFile(path, entry);
  // Devices and pipes of a container have no business on this machine, as for an unprivileged docker client.
}

async function hardLinkTarget(linkname: string, { directory, topName }: UnpackOptions): Promise<string> {
  const name = renameTop(linkname, topName);
  if (name === undefined)
    throw new ExitError(1, `gantry: a hard link of the archive points nowhere: ${linkname}`);
  return await safePath(directory, name);
}

async function writeFile(path: string, entry: Entry): Promise<void> {
  const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants;
  await using file = await open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  try {
    for await (const chunk of entry) if (chunk instanceof Uint8Array) await file.write(chunk);
  } catch (error) {
    if (error instanceof Error && 'errno' in error) throw error; // the disk's own trouble
    throw new Error(`unpack ${path}: the archive ends within the file`, { cause: error });
  }
}

async function applyMetadata(
  path: string,
  { type, mode, uid, gid, mtime }: Header,
  owners: boolean,
): Promise<void> {
  if ((await lstatIfThere(path)) === undefined) return; // of a kind that is left out
  if (owners) await lchown(path, uid, gid);
  if (type !== 'symlink' && type !== 'link') await chmod(path, mode & 0o7777);
  if (type !== 'link') await lutimes(path, mtime, mtime);
}

async function lstatIfThere(path: string): Promise<Stats | undefined> {
  try {
    return await lstat(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
