import { parseLogSize } from '../checks/check-host-config.ts';
import type { ContainerDeps } from '../container-deps.ts';
import type { ContainerRecord } from '../container.ts';
import { logPath } from '../logs/log-path.ts';
import type { LaunchContext } from './launch-plan.ts';

/** Where the shim writes what the container says, and how it rotates that; undefined for nowhere. */
export function logPlan(deps: ContainerDeps, { id, hostConfig }: ContainerRecord): LaunchContext['log'] {
  const { Type, Config } = hostConfig.LogConfig ?? {};
  if (Type === 'none') return undefined;
  return {
    path: logPath(deps, id),
    maxBytes: parseLogSize(Config?.['max-size'] ?? '10m'),
    maxFiles: Math.max(1, Number(Config?.['max-file'] ?? '3')),
  };
}
