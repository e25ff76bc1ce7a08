import { rmSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { clearInodeFlags } from '../../native/inode-flags.ts';
import { isErrno } from '../../native/syscall-error.ts';

/** Removes a tree whatever a container left in it: immutable files, paths longer than PATH_MAX. Gone already is fine. */
export async function removeDirectory(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true });
  } catch (error) {
    if (isErrno(error, 'ENAMETOOLONG')) rmSync(path, { recursive: true, force: true });
    else if (isErrno(error, 'EPERM', 'EACCES')) {
      await clearFlags(path);
      await rm(path, { recursive: true, force: true });
    } else throw error;
  }
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
