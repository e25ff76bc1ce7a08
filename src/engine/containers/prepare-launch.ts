// What a start needs before there is a process: the endpoint that is asked for, the files below /etc, the launch plan.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LaunchPlan } from '../../native/shim/protocol.ts';
import { EngineError } from '../api/errors.ts';
import type { PreparedEndpoint } from '../network/network-service.ts';
import { capabilityMasks } from '../security/capabilities.ts';
import { securityOptions } from '../security/security-options.ts';
import { parseLogSize } from './check-host-config.ts';
import { cleanupPlan, type ContainerDeps } from './container-deps.ts';
import { isAlive, type ContainerRecord } from './container.ts';
import { launchPlan, type LaunchContext } from './launch-plan.ts';
import { logPath } from './log-path.ts';
import { runtimeSpec } from './runtime-spec.ts';

export function endpointRequest({
  id,
  name,
  config,
  hostConfig,
  wishedEndpoint,
}: ContainerRecord): Parameters<ContainerDeps['network']['prepare']>[0] {
  return {
    containerId: id,
    containerName: name,
    mode: hostConfig.NetworkMode ?? 'bridge',
    portBindings: hostConfig.PortBindings ?? {},
    exposedPorts: Object.fromEntries(Object.keys(config.ExposedPorts ?? {}).map((port) => [port, {}])),
    publishAll: hostConfig.PublishAllPorts === true,
    rate: hostConfig.NetworkRate,
    ...(wishedEndpoint.macAddress === '' ? {} : { macAddress: wishedEndpoint.macAddress }),
    ...(wishedEndpoint.ipAddress === '' ? {} : { ipAddress: wishedEndpoint.ipAddress }),
  };
}

/** What is bound over /etc/hosts, /etc/hostname and /etc/resolv.conf; kept in place, since inspect names the paths. */
export function writeContainerFiles(
  deps: ContainerDeps,
  record: ContainerRecord,
  endpoint: PreparedEndpoint,
): void {
  const { config, hostConfig } = record;
  const files = deps.network.containerFiles(endpoint, {
    hostname: config.Hostname,
    domainname: config.Domainname,
    extraHosts: hostConfig.ExtraHosts ?? [],
    dns: hostConfig.Dns ?? [],
    dnsSearch: hostConfig.DnsSearch ?? [],
    dnsOptions: hostConfig.DnsOptions ?? [],
  });
  const directory = deps.paths.containerDir(record.id);
  writeFileSync(join(directory, 'hosts'), files.hosts, { mode: 0o644 });
  writeFileSync(join(directory, 'hostname'), files.hostname, { mode: 0o644 });
  writeFileSync(join(directory, 'resolv.conf'), files.resolvConf, { mode: 0o644 });
}

export interface PreparedLaunch {
  readonly plan: LaunchPlan;
  /** Puts config.json into the run directory; nothing waits for it. */
  readonly writeConfig: () => void;
}

type PlanParts = Pick<LaunchContext, 'cgroupProcs' | 'keepFds' | 'netnsPath'>;

export async function planFor(
  deps: ContainerDeps,
  record: ContainerRecord,
  parts: PlanParts,
): Promise<PreparedLaunch> {
  const { id, config, hostConfig } = record;
  const runDir = deps.paths.runDir(id);
  const place = { containerId: id, parent: hostConfig.CgroupParent };
  const security = securityOptions(hostConfig.SecurityOpt, hostConfig.Privileged);
  const capabilities = capabilityMasks(hostConfig);
  const spec = runtimeSpec(record, {
    mountPoint: join(runDir, 'rootfs'),
    filesDir: deps.paths.containerDir(id),
    capabilities: capabilities.names,
    noNewPrivileges: security.noNewPrivileges,
    systemPathsUnconfined: security.systemPathsUnconfined,
    cgroupsPath: `/gantry/${id}`,
    cgroupMounts: deps.cgroups.mounts({
      privileged: hostConfig.Privileged === true,
      cgroupns: hostConfig.CgroupnsMode === 'host' ? 'host' : 'private',
      place,
    }),
    initPidOf: (idOrName) => initPidOf(deps, idOrName),
  });
  const filter = await deps.seccomp.filterFor(security.seccomp, capabilities.masks.bounding);
  const plan = launchPlan(spec, {
    ...parts,
    id,
    runDir,
    mountPoint: spec.root.path,
    rootfs: deps.storage.rootfs(id),
    capabilities: capabilities.masks,
    seccomp: filter.program,
    init: hostConfig.Init === true,
    stdio: { openStdin: config.OpenStdin, stdinOnce: config.StdinOnce },
    log: logPlan(deps, record),
    cleanup: cleanupPlan(deps, id),
  });
  // For people and other tools; we read the record, never this.
  const writeConfig = (): void => writeFileSync(join(runDir, 'config.json'), JSON.stringify(spec));
  return { plan, writeConfig };
}

function initPidOf(deps: ContainerDeps, idOrName: string): number {
  const { record, state } = deps.store.get(idOrName);
  if (isAlive(state)) return state.init.pid;
  throw new EngineError(
    'conflict',
    `cannot join the namespace of container ${record.name}: it is not running`,
  );
}

function logPlan(deps: ContainerDeps, { id, hostConfig }: ContainerRecord): LaunchContext['log'] {
  const { Type, Config } = hostConfig.LogConfig ?? {};
  if (Type === 'none') return undefined;
  return {
    path: logPath(deps, id),
    maxBytes: parseLogSize(Config?.['max-size'] ?? '10m'),
    maxFiles: Math.max(1, Number(Config?.['max-file'] ?? '3')),
  };
}
