// What a request says about the host, checked before anything is made, and completed with Docker's defaults.
import type { CreateContainerRequest, HostConfig } from '../api/container-request.ts';
import { EngineError } from '../api/errors.ts';
import { checkCapabilities } from '../security/capabilities.ts';
import { securityOptions } from '../security/security-options.ts';
import type { ContainerDeps } from './container-deps.ts';
import { checkedRate } from './network-rate.ts';
import { rlimitNumber } from './rlimits.ts';
import { parseSignal } from './signals.ts';

export interface CheckedHostConfig {
  readonly hostConfig: HostConfig;
  readonly warnings: readonly string[];
}

export function checkHostConfig(
  deps: Pick<ContainerDeps, 'cgroups' | 'store'>,
  request: CreateContainerRequest,
): CheckedHostConfig {
  const asked = request.HostConfig ?? {};
  refuseWhatIsNotThere(asked);
  checkCapabilities(asked);
  const security = securityOptions(asked.SecurityOpt, asked.Privileged);
  for (const { Name } of asked.Ulimits ?? []) rlimitNumber(Name ?? '');
  if (request.StopSignal !== undefined && request.StopSignal !== '') parseSignal(request.StopSignal);
  checkModes(deps, asked);
  const mode = networkMode(request);
  const { resources, warnings } = deps.cgroups.checkResources(asked);
  const hostConfig: HostConfig = {
    ...resources,
    NetworkMode: mode,
    NetworkRate: checkedRate(asked.NetworkRate, mode),
    IpcMode: asked.IpcMode === undefined || asked.IpcMode === '' ? 'private' : asked.IpcMode,
    CgroupnsMode:
      asked.CgroupnsMode === undefined || asked.CgroupnsMode === '' ? 'private' : asked.CgroupnsMode,
    LogConfig: logConfig(asked),
    RestartPolicy: { Name: 'no', MaximumRetryCount: 0 },
  };
  return { hostConfig, warnings: [...warnings, ...security.warnings] };
}

function networkMode(request: CreateContainerRequest): string {
  if (request.NetworkDisabled === true) return 'none';
  const mode = request.HostConfig?.NetworkMode ?? '';
  return mode === '' || mode === 'default' ? 'bridge' : mode;
}

const LOG_DRIVERS = ['', 'json-file', 'local', 'none'];

/** What people may ask for and would be wrong to ignore. */
function refuseWhatIsNotThere(asked: HostConfig): void {
  refuseRestartPolicy(asked.RestartPolicy);
  refuseUnless(['', 'host'], 'user namespace mode', asked.UsernsMode);
  refuseUnless(LOG_DRIVERS, 'log driver', asked.LogConfig?.Type);
}

export function refuseRestartPolicy(policy: HostConfig['RestartPolicy']): void {
  refuseUnless(['', 'no'], 'restart policy', policy?.Name);
}

function refuseUnless(there: readonly string[], what: string, value = ''): void {
  if (!there.includes(value)) throw new EngineError('not-implemented', `${what} "${value}" is not there yet`);
}

/** Docker rotates nothing by default and fills disks; we keep 10 MB × 3. */
const DEFAULT_LOG_OPTIONS = { 'max-size': '10m', 'max-file': '3' };

function logConfig(asked: HostConfig): NonNullable<HostConfig['LogConfig']> {
  const type = asked.LogConfig?.Type ?? '';
  const config = asked.LogConfig?.Config ?? {};
  if (type === 'none') return { Type: 'none', Config: {} };
  return { Type: 'json-file', Config: { ...DEFAULT_LOG_OPTIONS, ...config } };
}

/** Bytes of `10m`, `512k`, `1g`; -1 and 0 are no limit. */
export function parseLogSize(text: string): number {
  const match = /^(-?\d+)([kmg]?)b?$/i.exec(text.trim());
  if (match === null) throw new EngineError('invalid-parameter', `invalid value for max-size: "${text}"`);
  const unit = { '': 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 }[match[2]?.toLowerCase() ?? ''] ?? 1;
  return Math.max(0, Number(match[1]) * unit);
}

const KNOWN_MODES = {
  PidMode: /^(|host|private|container:.+)$/,
  IpcMode: /^(|none|host|private|shareable|container:.+)$/,
  UTSMode: /^(|host)$/,
  CgroupnsMode: /^(|host|private)$/,
  NetworkMode: /^(|default|bridge|host|none|container:.+)$/,
} as const;

function checkModes(deps: Pick<ContainerDeps, 'store'>, asked: HostConfig): void {
  for (const [key, pattern] of Object.entries(KNOWN_MODES)) {
    const mode = modeOf(asked, key);
    if (!pattern.test(mode)) {
      throw key === 'NetworkMode'
        ? new EngineError('not-found', `network ${mode} not found`)
        : new EngineError('invalid-parameter', `invalid ${key}: ${mode}`);
    }
    // Another container must be there; that it runs is asked at start.
    if (mode.startsWith('container:')) deps.store.get(mode.slice('container:'.length));
  }
  const published = Object.keys(asked.PortBindings ?? {}).length > 0;
  if (published && asked.NetworkMode?.startsWith('container:') === true) {
    throw new EngineError(
      'invalid-parameter',
      'conflicting options: port publishing and the container type network mode',
    );
  }
}

function modeOf(asked: HostConfig, key: string): string {
  const value: unknown = Object.entries(asked).find(([name]) => name === key)?.[1];
  return typeof value === 'string' ? value : '';
}
