import { lstatSync, readdirSync, rmSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { clearInodeFlags } from '../../native/inode-flags.ts';
import { isErrno } from '../../native/syscall-error.ts';

/** Up to here a tree is removed at once: less than a millisecond, and node:fs/promises alone takes seven to load. */
const SMALL = { entries: 32, fileBytes: 1024 * 1024, directoryBytes: 64 * 1024 };

/** Removes a tree whatever a container left in it: immutable files, paths longer than PATH_MAX. Gone already is fine. */
export async function removeDirectory(path: string): Promise<void> {
  try {
    if (isSmall(path)) rmSync(path, { recursive: true, force: true });
    else await rm(path, { recursive: true, force: true });
  } catch (error) {
    if (isErrno(error, 'ENAMETOOLONG')) rmSync(path, { recursive: true, force: true });
    else if (isErrno(error, 'EPERM', 'EACCES')) {
      await clearFlags(path);
      await rm(path, { recursive: true, force: true });
    } else throw error;
  }
}

/** A container that wrote nothing leaves a handful of entries. */
function isSmall(path: string): boolean {
  const waiting = [path];
  for (let seen = 0; seen <= SMALL.entries; seen += 1) {
    const next = waiting.pop();
    if (next === undefined) return true;
    const found = lstatSync(next, { throwIfNoEntry: false });
    if (found === undefined) continue;
    const isDirectory = found.isDirectory();
    // A directory's own size tells of many entries, on the file systems that it is told on.
    if (found.size > (isDirectory ? SMALL.directoryBytes : SMALL.fileBytes)) return false;
    if (isDirectory) waiting.push(...readdirSync(next).map((name) => join(next, name)));
  }
  return false;
}

/** Takes `chattr +i` and `+a` off everything below. */
async function clearFlags(path: string): Promise<void> {
  clearInodeFlags(path);
  for (const entry of await readdir(path, { withFileTypes: true })) {
    const child = join(path, entry.name);
    if (entry.isDirectory()) await clearFlags(child);
    else if (entry.isFile()) clearInodeFlags(child);
  }
}
