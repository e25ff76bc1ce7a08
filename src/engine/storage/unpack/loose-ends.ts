// What a layer leaves open until the layers below it are at hand, in a driver that unpacks each layer alone.
//
// A hard link may name a file of a lower layer, and a file may come without its directories. The unpack process sees
// its own layer only, so it tells, and the engine ties these ends up: copies the lower file up, and gives directories
// that nobody described the attributes that they have below.
import { chmodSync, chownSync, linkSync, lstatSync, mkdirSync } from 'node:fs';
import { copyInto } from '../copy-tree.ts';
import { lookAt, locate } from '../tree-walk.ts';

export interface LooseEnds {
  /** Directories made on the way to something else; one character a byte. */
  readonly implied: readonly string[];
  /** Hard links whose target is not in the layer: the link and what it names. */
  readonly links: readonly (readonly [path: string, target: string])[];
}

/** @param lowerdirs top first */
export function tieUp(directory: string, ends: LooseEnds, lowerdirs: readonly string[]): void {
  for (const path of ends.implied) adoptAttributes(directory, path, lowerdirs);
  for (const [path, target] of ends.links) {
    if (!isPlain(directory, target)) copyUp(directory, target, lowerdirs);
    if (!hasPlainParents(directory, path))
      throw new Error(`hard link ${path}: its directory is not a directory`);
    linkSync(locate(directory, target), locate(directory, path));
  }
}

/** The highest lower layer that has it, reached without a symbolic link. */
function lowerWith(path: string, lowerdirs: readonly string[]): string | undefined {
  return lowerdirs.find((lower) => isPlain(lower, path));
}

function adoptAttributes(directory: string, path: string, lowerdirs: readonly string[]): void {
  const lower = lowerWith(path, lowerdirs);
  if (lower === undefined || !isPlain(directory, path)) return;
  const stats = lstatSync(locate(lower, path));
  const location = locate(directory, path);
  if (!stats.isDirectory() || !lstatSync(location).isDirectory()) return;
  chownSync(location, stats.uid, stats.gid);
  chmodSync(location, stats.mode & 0o7777);
}

function copyUp(directory: string, path: string, lowerdirs: readonly string[]): void {
  const lower = lowerWith(path, lowerdirs);
  if (lower === undefined) throw new Error(`hard link to ${path}: no such file in this layer or below`);
  const parents = path.split('/').slice(1, -1);
  for (let depth = 1; depth <= parents.length; depth += 1) {
    const parent = `/${parents.slice(0, depth).join('/')}`;
    if (!hasPlainParents(directory, parent))
      throw new Error(`hard link to ${path}: ${parent} is not a directory`);
    if (lookAt(locate(directory, parent)) !== undefined) continue;
    mkdirSync(locate(directory, parent), 0o755);
    adoptAttributes(directory, parent, lowerdirs);
  }
  copyInto(locate(lower, path), locate(directory, path));
}

/** True where it is there and no symbolic link stands on the way: the tree is the layer's, and it could lead anywhere. */
function isPlain(root: string, path: string): boolean {
  return hasPlainParents(root, path) && lookAt(locate(root, path)) !== undefined;
}

function hasPlainParents(root: string, path: string): boolean {
  for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1))
    if (lookAt(locate(root, path.slice(0, at)))?.isDirectory() !== true) return false;
  return true;
}
