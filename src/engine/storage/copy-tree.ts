// Copies a tree with everything that a layer can hold: owners, modes, times, extended attributes, hard links, devices.
// Blocks are shared where the file system can (FICLONE).
import {
  chmodSync,
  constants,
  copyFileSync,
  lchownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readlinkSync,
  symlinkSync,
} from 'node:fs';
import { getXattr, listXattrs, mknod, setMtime, setXattr } from '../../native/syscalls.ts';
import { type TreeEntry, locate, walkTree } from './tree-walk.ts';

/** Both are directories; the target's own attributes become the source's. */
export function copyTree(source: string, target: string): void {
  const firstNames = new Map<bigint, Buffer>();
  const directories: { from: TreeEntry; to: Buffer }[] = [
    {
      from: { path: '', location: Buffer.from(source), stats: lstatSync(source, { bigint: true }) },
      to: Buffer.from(target),
    },
  ];
  for (const from of walkTree(source)) {
    const to = locate(target, from.path);
    const firstName = firstNames.get(from.stats.ino);
    if (from.stats.isDirectory()) {
      mkdirSync(to, 0o700);
      directories.push({ from, to });
    } else if (firstName === undefined) {
      copyNode(from, to);
      copyAttributes(from, to);
      if (from.stats.nlink > 1n) firstNames.set(from.stats.ino, to);
    } else linkSync(firstName, to);
  }
  // Last, and from the inside out: what is made in a directory changes its time.
  for (const { from, to } of directories.reverse()) copyAttributes(from, to);
}

/** Copies one thing that is not a directory. */
export function copyInto(source: Buffer, target: Buffer): void {
  const from = { path: '', location: source, stats: lstatSync(source, { bigint: true }) };
  copyNode(from, target);
  copyAttributes(from, target);
}

function copyNode({ location, stats }: TreeEntry, to: Buffer): void {
  if (stats.isFile()) copyFileSync(location, to, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
  else if (stats.isSymbolicLink()) symlinkSync(readlinkSync(location, { encoding: 'buffer' }), to);
  else mknod(to, Number(stats.mode) & constants.S_IFMT, Number(stats.rdev));
}

/** chown first: it takes set-id bits and file capabilities away. */
function copyAttributes({ location, stats }: TreeEntry, to: Buffer): void {
  lchownSync(to, Number(stats.uid), Number(stats.gid));
  for (const name of listXattrs(location)) {
    const value = getXattr(location, name);
    if (value !== undefined) setXattr(to, name, value);
  }
  if (!stats.isSymbolicLink()) chmodSync(to, Number(stats.mode) & 0o7777);
  setMtime(to, stats.mtimeNs);
}
