// What a second process in a container gets: the container's own confinement, as far as it is not asked for otherwise.
import type { LaunchPlan } from '../../../native/shim/protocol.ts';
import { apparmorProfile } from '../../security/apparmor.ts';
import { capabilityMasks } from '../../security/capabilities.ts';
import { securityOptions } from '../../security/security-options.ts';
import type { RunningDeps } from '../container-deps.ts';
import type { ContainerRecord, RunningFacts } from '../container.ts';
import { execDir, type ExecRecord } from './exec-record.ts';
import { namespaceFlags, rlimitPlan } from '../launch/launch-plan.ts';
import { firstFilled } from '../oci/merge-config.ts';
import { environmentOf, rlimitsOf } from '../oci/runtime-spec.ts';

export interface ExecPlanInput {
  readonly exec: ExecRecord;
  readonly record: ContainerRecord;
  readonly state: RunningFacts;
  readonly terminal: boolean;
}

export async function execPlan(
  deps: Pick<RunningDeps, 'paths' | 'cgroups' | 'seccomp'>,
  input: ExecPlanInput,
): Promise<LaunchPlan> {
  const { exec, record, terminal } = input;
  const { request } = exec;
  const { config, hostConfig } = record;
  // moby: --privileged of an exec gives capabilities and nothing else; filter, devices and profile are the container's.
  const security = securityOptions(hostConfig.SecurityOpt, hostConfig.Privileged);
  const own = capabilityMasks(hostConfig);
  const capabilities = request.Privileged === true ? capabilityMasks({ Privileged: true }) : own;
  const filter = await deps.seccomp.filterFor(security.seccomp, own.masks.bounding);
  const profile = apparmorProfile(security.apparmor, hostConfig.Privileged === true);
  const cgroup = deps.cgroups.open({ containerId: record.id, parent: hostConfig.CgroupParent });
  const [rows = 0, cols = 0] = request.ConsoleSize ?? [];
  return {
    kind: 'exec',
    id: exec.id,
    runDir: execDir(deps, record.id, exec.id),
    namespaces: { unshare: 0, join: [], fromPidfd: namespaceFlags(record) },
    ...(record.userns === undefined ? {} : { user: record.userns.maps }),
    cgroupProcs: cgroup.procsFilesBeside(input.state.init.pid),
    monitorCgroup: cgroup.monitorDirectory,
    rootfs: '',
    setup: [],
    process: {
      args: request.Cmd ?? [],
      env: [...environmentOf({ config: { ...config, Tty: terminal } }), ...(request.Env ?? [])],
      cwd: firstFilled(request.WorkingDir, config.WorkingDir, '/'),
      user: firstFilled(request.User, config.User),
      additionalGroups: hostConfig.GroupAdd ?? [],
      umask: 0o022,
      capabilities: capabilities.masks,
      noNewPrivileges: security.noNewPrivileges,
      rlimits: rlimitPlan(rlimitsOf(hostConfig)),
      oomScoreAdj: hostConfig.OomScoreAdj ?? 0,
      ...(profile === undefined ? {} : { apparmorProfile: profile }),
      seccomp: filter.program,
      init: false,
    },
    stdio: {
      terminal: terminal,
      rows,
      cols,
      openStdin: request.AttachStdin === true,
      stdinOnce: true,
    },
    keepFds: 0,
  };
}
