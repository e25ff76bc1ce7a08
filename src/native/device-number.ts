// Numbers of device files, as stat(2) gives them in st_rdev: 12 bits of major and 20 of minor (gnu_dev_major of
// makedev(3)); beyond 32 bits nothing is in use.

export const majorOf = (device: number): number => (device >>> 8) & 0xfff;
export const minorOf = (device: number): number => (device & 0xff) | ((device >>> 12) & 0xf_ff00);
