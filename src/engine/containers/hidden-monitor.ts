// Who cannot see a monitor must not take it for dead: in another PID namespace (gantry in a container, on the machine's
// directories) and without /proc all containers would seem to have ended, and what is left of them would be cleared away.
import { closeSync, constants, existsSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { closeFd } from '../../native/syscalls.ts';
import { MAX_SOCKET_PATH, connectUnix } from '../../native/unix-socket.ts';
import { EngineError } from '../api/errors.ts';

/** Called where the process seems to be gone. @throws EngineError where its socket is answered nevertheless, or nobody can tell */
export function refuseHiddenMonitor(runDir: string, name: string): void {
  if (!isMonitorHidden(runDir)) return;
  throw new EngineError(
    'unavailable',
    `container ${name} runs, but its processes cannot be seen here: /proc is missing, or this is another PID namespace`,
  );
}

/** Of a process that seems to be gone: true where it answers nevertheless, or nobody can tell. */
export function isMonitorHidden(runDir: string): boolean {
  return !existsSync('/proc/self') || isListening(runDir);
}

function isListening(runDir: string): boolean {
  using cleanup = new DisposableStack();
  try {
    closeFd(connectUnix(socketIn(runDir, cleanup)));
    return true;
  } catch {
    return false;
  }
}

function socketIn(runDir: string, cleanup: DisposableStack): string {
  const path = join(runDir, 'attach.sock');
  if (Buffer.byteLength(path) <= MAX_SOCKET_PATH) return path;
  const directory = openSync(runDir, constants.O_RDONLY | constants.O_DIRECTORY);
  cleanup.defer(() => closeSync(directory));
  return `/proc/self/fd/${directory}/attach.sock`;
}
