// Where everything lies. `root` holds what must survive a reboot, `runRoot` what dies with a boot.
import { realpathSync } from 'node:fs';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { isErrno } from '../../native/syscall-error.ts';
import { EngineError } from '../api/errors.ts';

export interface EnginePaths {
  readonly root: string;
  readonly runRoot: string;
  /** SQLite: containers, images, networks, volumes, leases. */
  readonly database: string;
  readonly images: string;
  readonly storage: string;
  readonly volumes: string;
  readonly events: string;
  readonly cache: string;
  readonly locks: string;
  /** hosts, hostname, resolv.conf and the log of one container. */
  containerDir(id: string): string;
  /** The shim's attach socket, exit record and the running container's config.json. */
  runDir(id: string): string;
}

export const DEFAULT_ROOT = '/var/lib/gantry';
export const DEFAULT_RUN_ROOT = '/run/gantry';

/** What we make in the two, and clear away. */
const OWN = new Set(['cache', 'containers', 'events', 'images', 'locks', 'storage', 'volumes']);

/**
 * Absolute, since the shim and cleaning up happen in other working directories, and without symbolic links: bridge, cgroups and
 * ranges of ids are named after the root, which must be the same however it is spelt.
 * @throws EngineError where one lies in the way of the other
 */
export function enginePaths(givenRoot: string, givenRunRoot: string): EnginePaths {
  const [root, runRoot] = [canonical(givenRoot, DEFAULT_ROOT), canonical(givenRunRoot, DEFAULT_RUN_ROOT)];
  refuseOverlap(root, runRoot);
  return {
    root,
    runRoot,
    database: join(root, 'state.db'),
    images: join(root, 'images'),
    storage: join(root, 'storage'),
    volumes: join(root, 'volumes'),
    events: join(root, 'events'),
    cache: join(root, 'cache'),
    locks: join(runRoot, 'locks'),
    containerDir: (id) => join(root, 'containers', id),
    runDir: (id) => join(runRoot, 'containers', id),
  };
}

/** The standard directory keeps its name, wherever a link at its place leads. */
function canonical(given: string, standard: string): string {
  if (given === standard) return standard;
  const real = realPath(resolve(given));
  return real === realPath(standard) ? standard : real;
}

/** Of a directory that may have to be made yet; what else is the matter with it is told by who opens it. */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    if (!isErrno(error, 'ENOENT') || path === dirname(path)) return path;
    return join(realPath(dirname(path)), basename(path));
  }
}

/** Both have a directory of containers, and what is in the one that no container has is removed. */
function refuseOverlap(root: string, runRoot: string): void {
  if (root !== runRoot && !isInOwn(root, runRoot) && !isInOwn(runRoot, root)) return;
  throw new EngineError(
    'invalid-parameter',
    `root ${root} and run root ${runRoot} must be directories of their own`,
  );
}

function isInOwn(outer: string, inner: string): boolean {
  const [first = ''] = relative(outer, inner).split(sep);
  return OWN.has(first);
}
