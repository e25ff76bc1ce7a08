import { walkLiveTree } from './live-walk.ts';
import type { SnapshotUsage } from './storage-driver.ts';

/** Sizes of files as `ls` shows them, a hard-linked file once; inodes without the root itself. */
export function treeUsage(root: string): SnapshotUsage {
  let bytes = 0n;
  const inodes = new Set<bigint>();
  for (const { stats } of walkLiveTree(root)) {
    if (inodes.has(stats.ino)) continue;
    inodes.add(stats.ino);
    if (stats.isFile()) bytes += stats.size;
  }
  return { bytes: Number(bytes), inodes: inodes.size };
}
