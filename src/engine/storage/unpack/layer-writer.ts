// Turns the entries of a layer tar into files below the current root directory. It runs in a process that is chrooted
// into the layer, so a name, link or symbolic link can lead nowhere else: nothing here is a check for safety.
//
// Calls are synchronous on purpose: this process has nothing else to do, and a promise costs more than the call.
import {
  chmodSync,
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  ftruncateSync,
  lchownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  symlinkSync,
  writeSync,
} from 'node:fs';
import { isErrno } from '../../../native/syscall-error.ts';
import { makeDev, mknod, setMtime, setXattr } from '../../../native/syscalls.ts';
import { layerPath } from './layer-path.ts';
import type { LooseEnds } from './loose-ends.ts';
import { type Places, createPlaces } from './places.ts';
import { type ByteString, bytesOf, textOf } from './tar-header.ts';
import type { EntrySink, TarEntry } from './tar-parser.ts';
import { type WhiteoutFormat, createWhiteouts } from './whiteouts.ts';

export interface Unpacked extends LooseEnds {
  /** Bytes of the regular files. */
  readonly size: number;
}

export interface LayerWriter {
  /** Makes one entry; the sink of a regular file takes its data. */
  entry(entry: TarEntry): EntrySink | undefined;
  /** Sets what can only be set when all is there. */
  finish(): Unpacked;
}

export function createLayerWriter(format: WhiteoutFormat): LayerWriter {
  const places = createPlaces();
  const whiteouts = createWhiteouts(format, places);
  const directoryTimes = new Map<ByteString, bigint>();
  const links: [path: string, target: string][] = [];
  let size = 0;
  const make = (path: ByteString, entry: TarEntry): EntrySink | undefined => {
    directoryTimes.delete(path);
    if (entry.type === '0') {
      size += entry.realSize;
      return fileSink(path, entry, places);
    }
    if (entry.type === '5') {
      directoryTimes.set(path, entry.mtimeNanos);
      makeDirectory(path, entry, places);
      whiteouts.directoryMade(path);
    } else if (entry.type === '1') links.push(...makeHardLink(path, layerPath(entry.linkname), places));
    else makeSpecial(path, entry, places);
    return undefined;
  };
  return {
    entry: (entry) =>
      naming(entry.name, () => {
        const path = layerPath(entry.name);
        if (whiteouts.take(path, entry)) return undefined;
        whiteouts.made(path);
        return make(path, entry);
      }),
    finish: () => {
      for (const [path, mtimeNanos] of directoryTimes) setDirectoryTime(path, mtimeNanos);
      const implied = directoryTimes.has('/') ? places.implied : ['/', ...places.implied];
      return { size, links, implied };
    },
  };
}

/** Says which entry it was: messages of write(2) do not. */
function naming<T>(name: ByteString, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof Error) || error.message.startsWith('unpack ')) throw error;
    throw new Error(`unpack ${textOf(name)}: ${error.message}`, { cause: error });
  }
}

function fileSink(path: ByteString, entry: TarEntry, places: Places): EntrySink {
  const target = bytesOf(path);
  // Exclusive and never through a link, so an entry of a layer cannot write into what an earlier one put there.
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  const fd = places.place(path, () => openSync(target, flags, 0o600));
  let written = 0;
  return {
    write: (bytes, offset) =>
      naming(entry.name, () => {
        let done = 0;
        while (done < bytes.length) done += writeSync(fd, bytes, done, bytes.length - done, offset + done);
        written = offset + bytes.length;
      }),
    end: () =>
      naming(entry.name, () => {
        if (written < entry.realSize) ftruncateSync(fd, entry.realSize);
        // The order matters: chown takes away set-id bits and file capabilities.
        fchownSync(fd, entry.uid, entry.gid);
        setXattrs(target, entry);
        fchmodSync(fd, entry.mode);
        closeSync(fd);
        setMtime(target, entry.mtimeNanos);
      }),
  };
}

function makeDirectory(path: ByteString, entry: TarEntry, places: Places): void {
  const target = bytesOf(path);
  if (path !== '/' && !isDirectory(target)) places.place(path, () => mkdirSync(target, 0o755));
  lchownSync(target, entry.uid, entry.gid);
  setXattrs(target, entry);
  chmodSync(target, entry.mode);
}

function isDirectory(target: Buffer): boolean {
  return lstatSync(target, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function setDirectoryTime(path: ByteString, mtimeNanos: bigint): void {
  // A later entry of the same layer may have taken its place.
  if (isDirectory(bytesOf(path))) setMtime(bytesOf(path), mtimeNanos);
}

const NODE_TYPES: Readonly<Record<string, number>> = {
  3: constants.S_IFCHR,
  4: constants.S_IFBLK,
  6: constants.S_IFIFO,
};

/** @returns the link where its target is not in this layer */
function makeHardLink(
  path: ByteString,
  target: ByteString,
  places: Places,
): [path: string, target: string][] {
  try {
    // The same inode: its attributes came with the first name.
    places.place(path, () => linkSync(bytesOf(target), bytesOf(path)));
    return [];
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return [[path, target]];
    throw error;
  }
}

/** Symbolic links, devices and fifos. */
function makeSpecial(path: ByteString, entry: TarEntry, places: Places): void {
  const target = bytesOf(path);
  const nodeType = NODE_TYPES[entry.type];
  if (entry.type === '2') places.place(path, () => symlinkSync(bytesOf(entry.linkname), target));
  else if (nodeType !== undefined)
    places.place(path, () => mknod(target, nodeType, makeDev(entry.devMajor, entry.devMinor)));
  else throw new Error(`unhandled tar header type ${JSON.stringify(entry.type)}`);
  lchownSync(target, entry.uid, entry.gid);
  setXattrs(target, entry);
  if (nodeType !== undefined) chmodSync(target, entry.mode);
  setMtime(target, entry.mtimeNanos);
}

/** Overlayfs's own attributes steer where it looks for files: a layer must not bring them. */
const OVERLAY_XATTRS = /^(trusted|user)\.overlay\./;

function setXattrs(target: Buffer, entry: TarEntry): void {
  for (const [name, value] of entry.xattrs) {
    if (OVERLAY_XATTRS.test(name)) continue;
    try {
      setXattr(target, name, value);
    } catch (error) {
      // As Docker: a file system without this kind of attribute does without.
      if (!isErrno(error, 'ENOTSUP', 'EOPNOTSUPP')) throw error;
    }
  }
}
