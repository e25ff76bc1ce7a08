// Namespaces of other containers that one shares. They are opened before the start and held while it lasts: a pid that
// goes to another process meanwhile cannot be joined by mistake.
import { closeSync, openSync } from 'node:fs';
import { isErrno } from '../../native/syscall-error.ts';
import { EngineError, errorMessage, isErrorKind } from '../api/errors.ts';
import type { ContainerDeps } from './container-deps.ts';
import { isAlive, type Container, type ProcessIdentity } from './container.ts';
import { isProcessAlive } from './identity.ts';

export type SharedKind = 'pid' | 'network' | 'ipc' | 'user';

export interface SharedNamespaces extends Disposable {
  /** pid of the container's init. Throws Docker's conflict where it does not run, or keeps its ipc for itself. */
  initPidOf(idOrName: string, kind: SharedKind): number;
  /**
   * Opens `/proc/<pid>/ns/…` files of containers that initPidOf has found; each with where the shim finds it as long as
   * this is not disposed of. Throws conflict where such a container ended.
   */
  hold(paths: readonly string[]): ReadonlyMap<string, string>;
}

export function sharedNamespaces(deps: Pick<ContainerDeps, 'store'>): SharedNamespaces {
  const donors = new Map<number, { readonly name: string; readonly init: ProcessIdentity }>();
  const undo = new DisposableStack();
  return {
    initPidOf(idOrName, kind) {
      const { record, state } = find(deps, idOrName, kind);
      if (!isAlive(state) || !isProcessAlive(state.init)) throw notRunning(kind, record.name, state.status);
      if (kind === 'ipc') requireShareable(record);
      donors.set(state.init.pid, { name: record.name, init: state.init });
      return state.init.pid;
    },
    hold(paths) {
      const held = new Map(paths.map((path) => [path, openHeld(path, undo)]));
      for (const { name, init } of donors.values()) if (!isProcessAlive(init)) throw ended(name);
      return held;
    },
    [Symbol.dispose]: () => undo.dispose(),
  };
}

function openHeld(path: string, undo: DisposableStack): string {
  try {
    const fd = openSync(path, 'r');
    undo.defer(() => closeSync(fd));
    return `/proc/${process.pid}/fd/${fd}`;
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ESRCH')) throw ended(path, error);
    throw error;
  }
}

const ended = (what: string, cause?: unknown): EngineError =>
  new EngineError('conflict', `cannot join the namespaces of ${what}: it has ended`, { cause });

function find(deps: Pick<ContainerDeps, 'store'>, idOrName: string, kind: SharedKind): Container {
  try {
    return deps.store.get(idOrName);
  } catch (error) {
    if (!isErrorKind(error, 'not-found')) throw error;
    throw new EngineError('conflict', `failed to join ${NAMES[kind]} namespace: ${errorMessage(error)}`, {
      cause: error,
    });
  }
}

const NAMES = { pid: 'PID', network: 'network', ipc: 'IPC', user: 'user' } as const;

/** moby: getNetworkedContainer, getPIDContainer, getIPCContainer. */
function notRunning(kind: SharedKind, name: string, status: string): EngineError {
  return new EngineError(
    'conflict',
    kind === 'network'
      ? `cannot join network namespace of a non running container: container ${name} is ${status}`
      : `failed to join ${NAMES[kind]} namespace: container ${name} is not running`,
  );
}

function requireShareable({ name, hostConfig, mounts }: Container['record']): void {
  const mode = hostConfig.IpcMode ?? '';
  const hasOwnShm = mode !== 'shareable' || mounts.every(({ Destination }) => Destination !== '/dev/shm');
  if (hasOwnShm && (mode === 'shareable' || mode === 'host' || mode.startsWith('container:'))) return;
  throw new EngineError(
    'invalid-parameter',
    `failed to join IPC namespace: container ${name}: non-shareable IPC (hint: use IpcMode:shareable for the donor container)`,
  );
}
