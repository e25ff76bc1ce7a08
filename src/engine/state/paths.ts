// Where everything lies. `root` holds what must survive a reboot, `runRoot` what dies with a boot.
import { join } from 'node:path';

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

export function enginePaths(root: string, runRoot: string): EnginePaths {
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
