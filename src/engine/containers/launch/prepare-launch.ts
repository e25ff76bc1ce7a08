// What a start needs before there is a process: the endpoint that is asked for, the launch plan.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LaunchPlan } from '../../../native/shim/protocol.ts';
import { capabilityMasks } from '../../security/capabilities.ts';
import { apparmorProfile } from '../../security/apparmor.ts';
import { type SecurityOptions, securityOptions } from '../../security/security-options.ts';
import { thermalPaths } from '../../security/thermal-paths.ts';
import { cleanupPlan, type ContainerDeps } from '../container-deps.ts';
import type { ContainerRecord } from '../container.ts';
import { launchPlan, type LaunchContext } from './launch-plan.ts';
import { logPlan } from './log-plan.ts';
import type { OciDevice, OciSpec } from '../oci/oci-spec.ts';
import { filesDirOf } from './network-files.ts';
import { checkPropagation } from '../mounts/source-propagation.ts';
import { runtimeSpec } from '../oci/runtime-spec.ts';
import { isSystemContainer } from '../oci/system-container.ts';
import { sharedNamespaces, type SharedNamespaces } from '../shared-namespaces.ts';

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

/** Holds the namespaces of other containers that the plan joins, until it is disposed of. */
export interface PreparedLaunch extends Disposable {
  readonly plan: LaunchPlan;
  /** Puts config.json into the run directory; nothing waits for it. */
  readonly writeConfig: () => void;
}

type PlanParts = Pick<LaunchContext, 'cgroupProcs' | 'monitorCgroup' | 'keepFds' | 'netnsPath'> & {
  readonly devices: readonly OciDevice[];
};

/** Makes the directory that the rootfs will be mounted on. */
export async function planFor(
  deps: ContainerDeps,
  record: ContainerRecord,
  parts: PlanParts,
): Promise<PreparedLaunch> {
  const { id, config, hostConfig } = record;
  const runDir = deps.paths.runDir(id);
  mkdirSync(join(runDir, 'rootfs'), { recursive: true, mode: 0o700 });
  const security = securityOptions(hostConfig.SecurityOpt, hostConfig.Privileged);
  const { masks, names } = capabilityMasks(hostConfig);
  using undo = new DisposableStack();
  const shared = undo.use(sharedNamespaces(deps));
  const spec = specFor(deps, record, { security, capabilities: names, devices: parts.devices, shared });
  const filter = await deps.seccomp.filterFor(security.seccomp, masks.bounding);
  const plan = launchPlan(spec, {
    ...parts,
    id,
    runDir,
    held: shared.hold(foreignPaths(spec)),
    mountPoint: spec.root.path,
    rootfs: deps.storage.rootfs(id),
    capabilities: masks,
    seccomp: filter.program,
    // Docker: a container that lives among the processes of others has their init.
    init: hostConfig.Init === true && (hostConfig.PidMode ?? '') === '',
    stdio: { openStdin: config.OpenStdin, stdinOnce: config.StdinOnce },
    log: logPlan(deps, record),
    cleanup: cleanupPlan(deps, id),
  });
  const held = undo.move();
  return {
    plan,
    // For people and other tools; we read the record, and of this only the annotation.
    writeConfig: () => {
      const instructions = String(filter.program.length / BPF_INSTRUCTION_BYTES);
      const annotations = { ...spec.annotations, [SECCOMP_INSTRUCTIONS]: instructions };
      writeFileSync(join(runDir, 'config.json'), JSON.stringify({ ...spec, annotations }));
    },
    [Symbol.dispose]: () => held.dispose(),
  };
}

/** In config.json: how long the program is that this start loads. The kernel tells it only to who stops the process. */
export const SECCOMP_INSTRUCTIONS = 'gantry.seccomp.instructions';
const BPF_INSTRUCTION_BYTES = 8;

interface SpecParts {
  readonly security: SecurityOptions;
  readonly capabilities: readonly string[];
  readonly devices: readonly OciDevice[];
  readonly shared: SharedNamespaces;
}

function specFor(
  deps: ContainerDeps,
  record: ContainerRecord,
  { security, capabilities, devices, shared }: SpecParts,
): OciSpec {
  const { id, hostConfig } = record;
  const privileged = hostConfig.Privileged === true;
  // The machine's mounts may be others than when the container was created.
  for (const mount of record.mounts) checkPropagation(mount);
  return runtimeSpec(record, {
    mountPoint: join(deps.paths.runDir(id), 'rootfs'),
    filesDir: filesDirOf(deps, record),
    capabilities,
    devices,
    noNewPrivileges: security.noNewPrivileges,
    systemPathsUnconfined: security.systemPathsUnconfined,
    apparmorProfile: apparmorProfile(security.apparmor, privileged),
    thermalPaths: thermalPaths(),
    cgroupsPath: `/gantry/${id}`,
    cgroupMounts: deps.cgroups.mounts({
      privileged: (security.writableCgroups ?? privileged) && hostConfig.ReadonlyRootfs !== true,
      delegated: isSystemContainer(record),
      cgroupns: hostConfig.CgroupnsMode === 'host' ? 'host' : 'private',
      place: { containerId: id, parent: hostConfig.CgroupParent },
    }),
    initPidOf: (other, kind) => shared.initPidOf(other, kind),
  });
}

/** Namespaces that are joined, and the mount namespace that another container's /dev/shm is in. */
function foreignPaths({ linux }: OciSpec): string[] {
  const paths = linux.namespaces.flatMap(({ path }) => (path === undefined ? [] : [path]));
  const ipc = paths.find((path) => path.endsWith('/ns/ipc'));
  return ipc === undefined ? paths : [...paths, ipc.replace(/ipc$/, 'mnt')];
}
