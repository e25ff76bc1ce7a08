import { watch } from 'node:fs';
import { isErrno } from './syscall-error.ts';

/** As soon as anybody notices. */
const POLL_MS = 100;

/**
 * Calls `onChange` with the name of what changed in a directory, or null where any of it may have. Looks ten times a second
 * where inotify has no more: root in a container without a user namespace is the machine's root to what the kernel counts by
 * user (fs.inotify.max_user_instances), and can take all of it.
 */
export function watchDirectory(directory: string, onChange: (name: string | null) => void): Disposable {
  try {
    const watcher = watch(directory, (_, name) => onChange(name));
    // A directory that was removed under us ends nothing: there is just no more to read.
    watcher.on('error', () => onChange(null));
    return { [Symbol.dispose]: () => watcher.close() };
  } catch (error) {
    if (!isErrno(error, 'EMFILE', 'ENOSPC')) throw error;
    const timer = setInterval(() => onChange(null), POLL_MS);
    return { [Symbol.dispose]: () => clearInterval(timer) };
  }
}
