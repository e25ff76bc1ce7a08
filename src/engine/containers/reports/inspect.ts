// `docker inspect`: the only place where Docker's State booleans exist. Pure but for paths that come in.
import { join } from 'node:path';
import type { IdRange } from '../../../native/shim/protocol.ts';
import type { ContainerInspect, ContainerStateInfo, IdMapping } from '../../api/container-types.ts';
import { EMPTY_ENDPOINT } from '../../network/network-inspect.ts';
import type { EnginePaths } from '../../state/paths.ts';
import { securityOptions } from '../../security/security-options.ts';
import { isAlive, shownMount, type Container, type ContainerState } from '../container.ts';
import { shownHostConfig } from './inspect-host-config.ts';
import { networksOf, shownState } from './summary.ts';
import { commandOf } from '../oci/runtime-spec.ts';

export interface InspectContext {
  readonly paths: EnginePaths;
  /** Where its hosts, hostname and resolv.conf are. */
  readonly filesDir: string;
  readonly execIds: readonly string[];
  readonly graphData: Record<string, string>;
}

/** Left out of the JSON, and nil to a template. */
const NIL_CONFIG = { Healthcheck: undefined, ExposedPorts: undefined, StopTimeout: undefined };

const NEVER = '0001-01-01T00:00:00Z';

export function inspectContainer(container: Container, context: InspectContext): ContainerInspect {
  const { record, state } = container;
  const directory = context.paths.containerDir(record.id);
  const [path, ...args] = commandOf(record);
  const mode = record.hostConfig.NetworkMode ?? 'bridge';
  return {
    Id: record.id,
    Created: record.createdAt,
    Path: path ?? '',
    Args: args,
    State: stateInfo(container),
    Image: record.imageId,
    ResolvConfPath: join(context.filesDir, 'resolv.conf'),
    HostnamePath: join(context.filesDir, 'hostname'),
    HostsPath: join(context.filesDir, 'hosts'),
    LogPath: record.hostConfig.LogConfig?.Type === 'none' ? '' : join(directory, `${record.id}-json.log`),
    Name: `/${record.name}`,
    RestartCount: record.restartCount,
    Driver: record.driver,
    Platform: record.os,
    MountLabel: '',
    ProcessLabel: '',
    AppArmorProfile: securityOptions(record.hostConfig.SecurityOpt).apparmor,
    ExecIDs: context.execIds.length === 0 ? null : [...context.execIds],
    HostConfig: shownHostConfig(record.hostConfig),
    UserNamespace: userNamespace(record),
    GraphDriver: { Name: record.driver, Data: context.graphData },
    Mounts: record.mounts.map(shownMount),
    Config: { ...NIL_CONFIG, ...record.config },
    NetworkSettings: {
      SandboxID: isAlive(state) ? record.id : '',
      SandboxKey: isAlive(state) ? `/proc/${state.init.pid}/ns/net` : '',
      ...bridgeAddress(state),
      Ports: isAlive(state) ? state.endpoint.ports : {},
      Networks: networksOf(state, mode),
    },
  };
}

function userNamespace({
  userns,
}: Container['record']): NonNullable<ContainerInspect['UserNamespace']> | null {
  if (userns === undefined) return null;
  const mappings = (ranges: readonly IdRange[]): IdMapping[] =>
    ranges.map(({ inside, outside, count }) => ({ ContainerID: inside, HostID: outside, Size: count }));
  return { UidMap: mappings(userns.maps.uids), GidMap: mappings(userns.maps.gids) };
}

function bridgeAddress(state: ContainerState): Partial<ContainerInspect['NetworkSettings']> {
  const onBridge = isAlive(state) && state.endpoint.networkName === 'bridge';
  const { IPAddress, IPPrefixLen, Gateway, MacAddress } = onBridge ? state.endpoint.settings : EMPTY_ENDPOINT;
  return { IPAddress, IPPrefixLen, Gateway, MacAddress };
}

function stateInfo(container: Container): ContainerStateInfo {
  const { state } = container;
  return {
    Status: shownState(container),
    Running: isAlive(state),
    Paused: state.status === 'paused',
    Restarting: false,
    OOMKilled: state.status === 'exited' && state.oomKilled,
    Dead: false,
    Pid: isAlive(state) ? state.init.pid : 0,
    ExitCode: isAlive(state) ? 0 : state.exitCode,
    Error: isAlive(state) ? '' : state.error,
    ...times(state),
    Health: undefined,
  };
}

function times(state: ContainerState): Pick<ContainerStateInfo, 'StartedAt' | 'FinishedAt'> {
  switch (state.status) {
    case 'created':
      return { StartedAt: NEVER, FinishedAt: NEVER };
    case 'running':
    case 'paused':
      return { StartedAt: state.startedAt, FinishedAt: state.finishedAt ?? NEVER };
    case 'exited':
      return { StartedAt: state.startedAt, FinishedAt: state.finishedAt };
  }
}
