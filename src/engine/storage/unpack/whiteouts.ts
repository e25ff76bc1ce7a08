// Whiteouts: entries of a layer that take away what lower layers have (OCI image-spec, layer.md).
//
//   dir/.wh.name      hides `dir/name` of the layers below
//   dir/.wh..wh..opq  hides everything that the layers below have in `dir`
//
// `overlay` writes them as overlayfs reads them (a character device 0/0; trusted.overlay.opaque=y). `delete` carries
// them out, for a directory that holds a copy of the layers below.
import { constants, lstatSync, readdirSync } from 'node:fs';
import { isErrno } from '../../../native/syscall-error.ts';
import { mknod, setXattr } from '../../../native/syscalls.ts';
import { type Places, parentOf } from './places.ts';
import { removeTree } from './remove-tree.ts';
import { type ByteString, bytesOf, textOf } from './tar-header.ts';
import type { TarEntry } from './tar-parser.ts';

export type WhiteoutFormat = 'overlay' | 'delete';

export interface Whiteouts {
  /** True where the entry was a whiteout, and has been dealt with. */
  take(path: ByteString, entry: TarEntry): boolean;
  /** Tells what this layer itself brings: whiteouts are for the layers below only. */
  made(path: ByteString): void;
  /** A directory that takes the place of a whiteout must hide the lower directory's content. */
  directoryMade(path: ByteString): void;
}

const PREFIX = '.wh.';
const META_PREFIX = '.wh..wh.';
const OPAQUE = '.wh..wh..opq';

export function createWhiteouts(format: WhiteoutFormat, places: Places): Whiteouts {
  const own = new Set<ByteString>();
  const hidden = new Set<ByteString>();
  return {
    take: (path, entry) => {
      const parent = parentOf(path);
      const base = path.slice(parent.length + 1);
      if (!base.startsWith(PREFIX)) return false;
      if (base === OPAQUE) {
        places.makeDirectories(parent);
        if (format === 'overlay') setOpaque(parent);
        else removeForeign(parent, own);
      }
      // Other names with this prefix are aufs's bookkeeping.
      else if (!base.startsWith(META_PREFIX)) {
        const path = `${parent}/${hiddenName(base, entry)}`;
        if (format === 'overlay') hide(path, { own, places });
        else if (!own.has(path)) removeIfThere(bytesOf(path));
        hidden.add(path);
      }
      return true;
    },
    made: (path) => {
      own.add(path);
      // A file in a directory that the tar does not describe brings the directory too.
      for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) {
        const parent = path.slice(0, at);
        if (own.has(parent)) return;
        own.add(parent);
      }
    },
    directoryMade: (path) => {
      if (format === 'overlay' && hidden.has(path)) setOpaque(path);
    },
  };
}

function hiddenName(base: ByteString, entry: TarEntry): ByteString {
  const name = base.slice(PREFIX.length);
  if (name === '' || name === '.' || name === '..')
    throw new Error(`invalid whiteout ${JSON.stringify(textOf(entry.name))}`);
  return name;
}

function hide(path: ByteString, { own, places }: { own: ReadonlySet<ByteString>; places: Places }): void {
  const target = bytesOf(path);
  if (own.has(path)) {
    if (lstatSync(target).isDirectory()) setOpaque(path);
    return;
  }
  places.makeDirectories(parentOf(path));
  try {
    mknod(target, constants.S_IFCHR, 0);
  } catch (error) {
    if (!isErrno(error, 'EEXIST'))
      throw explained(error, 'a whiteout is a device 0/0, which needs CAP_MKNOD');
  }
}

/** Removes what this layer did not bring, at every depth. */
function removeForeign(directory: ByteString, own: ReadonlySet<ByteString>): void {
  for (const name of readdirSync(bytesOf(`${directory}/`), { encoding: 'latin1' })) {
    const path = `${directory}/${name}`;
    const target = bytesOf(path);
    if (!own.has(path)) removeTree(target);
    else if (lstatSync(target).isDirectory()) removeForeign(path, own);
  }
}

function setOpaque(directory: ByteString): void {
  try {
    setXattr(bytesOf(`${directory}/`), 'trusted.overlay.opaque', Buffer.from('y'));
  } catch (error) {
    throw explained(error, 'an opaque directory is marked by a trusted attribute, which needs CAP_SYS_ADMIN');
  }
}

function explained(error: unknown, why: string): unknown {
  return isErrno(error, 'EPERM') ? new Error(`${error.message}: ${why}`, { cause: error }) : error;
}

function removeIfThere(target: Buffer): void {
  try {
    removeTree(target);
  } catch (error) {
    if (!isErrno(error, 'ENOENT', 'ENOTDIR')) throw error;
  }
}
