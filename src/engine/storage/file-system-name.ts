import { statfsSync } from 'node:fs';

/** Magic numbers of <linux/magic.h>, with the names that Docker's `info` has. */
const NAMES: Readonly<Record<number, string>> = {
  0xef53: 'extfs',
  0x5846_5342: 'xfs',
  0x9123_683e: 'btrfs',
  0x0102_1994: 'tmpfs',
  0x794c_7630: 'overlayfs',
  0x2fc1_2fc1: 'zfs',
  0xf2f5_2010: 'f2fs',
  0x6969: 'nfs',
};

/** The kind of file system that holds a path. */
export function fileSystemName(path: string): string {
  const { type } = statfsSync(path);
  return NAMES[type >>> 0] ?? `0x${(type >>> 0).toString(16)}`;
}
