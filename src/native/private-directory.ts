import { chmodSync, statSync } from 'node:fs';
import { makeDirectories } from './make-directories.ts';

/** What others of the machine may do with a file: read, write, execute or pass through. */
const OTHERS = 0o007;

/**
 * Makes a directory that no other user of the machine gets into, whatever the umask; one that is there is closed to them. What
 * containers leave below it may be set-id programs of root (CVE-2021-41091).
 */
export function makePrivateDirectory(path: string): void {
  makeDirectories(path, 0o700);
  closeToOthers(path);
}

/** Where there is one: a directory or a file. */
export function closeToOthers(path: string): void {
  const mode = statSync(path, { throwIfNoEntry: false })?.mode ?? 0;
  if ((mode & OTHERS) !== 0) chmodSync(path, mode & 0o7777 & ~OTHERS);
}
