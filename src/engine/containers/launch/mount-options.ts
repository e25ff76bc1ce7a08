// Mount options in words ⇄ flags of mount(2). Pure.
import { MS } from '../../../native/syscalls.ts';
import { PROPAGATIONS, type Propagation } from '../../../native/shim/protocol.ts';

/** Options that set a flag, and those that clear it again. mount(8), "file-system-independent mount options". */
const SETS: Readonly<Record<string, number>> = {
  ro: MS.RDONLY,
  nosuid: MS.NOSUID,
  nodev: MS.NODEV,
  noexec: MS.NOEXEC,
  sync: MS.SYNCHRONOUS,
  dirsync: MS.DIRSYNC,
  nosymfollow: MS.NOSYMFOLLOW,
  noatime: MS.NOATIME,
  nodiratime: MS.NODIRATIME,
  relatime: MS.RELATIME,
  strictatime: MS.STRICTATIME,
  lazytime: MS.LAZYTIME,
  bind: MS.BIND,
  rbind: MS.BIND | MS.REC,
  remount: MS.REMOUNT,
};
const CLEARS: Readonly<Record<string, number>> = {
  rw: MS.RDONLY,
  suid: MS.NOSUID,
  dev: MS.NODEV,
  exec: MS.NOEXEC,
  async: MS.SYNCHRONOUS,
  atime: MS.NOATIME,
  diratime: MS.NODIRATIME,
  norelatime: MS.RELATIME,
  nostrictatime: MS.STRICTATIME,
  nolazytime: MS.LAZYTIME,
};

export interface ParsedMountOptions {
  /** MS_* */
  readonly flags: number;
  readonly propagation: Propagation | undefined;
  /** What the file system itself is to read, comma separated. */
  readonly data: string;
}

/** Later options win over earlier ones, as with mount(8). */
export function parseMountOptions(options: readonly string[]): ParsedMountOptions {
  let flags = 0;
  let propagation: Propagation | undefined;
  const data: string[] = [];
  for (const option of options) {
    const named = PROPAGATIONS.find((name) => name === option);
    if (named !== undefined) propagation = named;
    else if (SETS[option] !== undefined) flags |= SETS[option];
    else if (CLEARS[option] !== undefined) flags &= ~CLEARS[option];
    else if (option !== 'defaults' && option !== '') data.push(option);
  }
  return { flags, propagation, data: data.join(',') };
}
