// Makes what one entry of a tar describes, below the current root or working directory. It runs in a process that is
// chrooted, so a name, link or symbolic link can lead nowhere else: nothing here is a check for safety.
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
import type { Places } from './places.ts';
import { type ByteString, bytesOf } from './tar-header.ts';
import type { EntrySink, TarEntry } from './tar-parser.ts';

/** A regular file; whole only after the sink's end. */
export function fileSink(path: ByteString, entry: TarEntry, places: Places): EntrySink {
  const target = bytesOf(path);
  // Exclusive and never through a link, so an entry of a layer cannot write into what an earlier one put there.
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  const fd = places.place(path, () => openSync(target, flags, 0o600));
  let written = 0;
  return {
    write: (bytes, offset) => {
      let done = 0;
      while (done < bytes.length) done += writeSync(fd, bytes, done, bytes.length - done, offset + done);
      written = offset + bytes.length;
    },
    end: () => {
      if (written < entry.realSize) ftruncateSync(fd, entry.realSize);
      // The order matters: chown takes away set-id bits and file capabilities.
      fchownSync(fd, entry.uid, entry.gid);
      setXattrs(target, entry);
      fchmodSync(fd, entry.mode);
      closeSync(fd);
      setMtime(target, entry.mtimeNanos);
    },
  };
}

/** One that is there stays, with new attributes. */
export function makeDirectory(path: ByteString, entry: TarEntry, places: Places): void {
  const target = bytesOf(path);
  if (path !== '/' && !isDirectory(target)) places.place(path, () => mkdirSync(target, 0o755));
  lchownSync(target, entry.uid, entry.gid);
  setXattrs(target, entry);
  chmodSync(target, entry.mode);
}

function isDirectory(target: Buffer): boolean {
  return lstatSync(target, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

export function setDirectoryTime(path: ByteString, mtimeNanos: bigint): void {
  // A later entry of the same layer may have taken its place.
  if (isDirectory(bytesOf(path))) setMtime(bytesOf(path), mtimeNanos);
}

const NODE_TYPES: Readonly<Record<string, number>> = {
  3: constants.S_IFCHR,
  4: constants.S_IFBLK,
  6: constants.S_IFIFO,
};

/** The same inode: its attributes came with the first name. */
export function makeHardLink(path: ByteString, target: ByteString, places: Places): void {
  places.place(path, () => linkSync(bytesOf(target), bytesOf(path)));
}

/** Symbolic links, devices and fifos. */
export function makeSpecial(path: ByteString, entry: TarEntry, places: Places): void {
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
