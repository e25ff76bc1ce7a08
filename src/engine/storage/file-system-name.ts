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
  0x9fa0: 'proc',
  0x6265_6572: 'sysfs',
  0x6573_5546: 'fuse',
  0x4d44: 'vfat',
  0x0102_1997: '9p',
  0xff53_4d42: 'cifs',
  0x7371_7368: 'squashfs',
};

/** The kind of file system that holds a path. */
export function fileSystemName(path: string): string {
  const { type } = statfsSync(path);
  return NAMES[type >>> 0] ?? `0x${(type >>> 0).toString(16)}`;
}
