// What a request says about the host, checked before anything is made, and completed with Docker's defaults.
import { isAbsolute } from 'node:path';
import type { CreateContainerRequest, HostConfig } from '../../api/container-request.ts';
import { EngineError } from '../../api/errors.ts';
import { parseDeviceRule } from '../../cgroups/device-rules.ts';
import { capabilityMasks, checkCapabilities } from '../../security/capabilities.ts';
import { securityOptions } from '../../security/security-options.ts';
import type { ContainerDeps } from '../container-deps.ts';
import { abilityWarnings } from './check-abilities.ts';
import { apparmorWarnings, checkRanges, deviceWarnings, refuseForeign } from './check-foreign.ts';
import { checkNamespaces } from './check-namespaces.ts';
import { checkedRate, rateWarnings } from './network-rate.ts';
import { checkUlimit } from '../oci/rlimits.ts';
import { parseSignal } from '../signals.ts';
import { checkSystemd } from '../oci/system-container.ts';
import { chooseUserns } from './userns-choice.ts';

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
  for (const limit of asked.Ulimits ?? []) checkUlimit(limit);
  if (request.StopSignal !== undefined && request.StopSignal !== '') parseSignal(request.StopSignal);
  checkWorkingDirectory(request.WorkingDir);
  checkEnvironment(request.Env ?? []);
  checkRanges(asked);
  for (const rule of asked.DeviceCgroupRules ?? []) parseDeviceRule(rule);
  checkSystemd(request, deps.cgroups.layout);
  const usernsMode = chooseUserns(deps, asked);
  const modes = checkNamespaces(deps, request, usernsMode !== '' && usernsMode !== 'host');
  deps.cgroups.checkParent(asked.CgroupParent);
  const { resources, warnings } = deps.cgroups.checkResources(asked);
  const rate = checkedRate(asked.NetworkRate, modes.NetworkMode);
  const capabilities = capabilityMasks(asked);
  const hostConfig: HostConfig = {
    ...resources,
    ...modes,
    UsernsMode: usernsMode,
    NetworkRate: rate,
    LogConfig: logConfig(asked),
    RestartPolicy: { Name: 'no', MaximumRetryCount: 0 },
  };
  return {
    hostConfig,
    warnings: [
      ...warnings,
      ...capabilities.warnings,
      ...rateWarnings(rate, capabilities.names),
      ...security.warnings,
      ...apparmorWarnings(security.apparmor),
      ...deviceWarnings(asked),
      ...abilityWarnings(asked),
    ],
  };
}

function checkEnvironment(variables: readonly string[]): void {
  const bad = variables.find((variable) => /^(=|$)/.test(variable));
  if (bad !== undefined) throw new EngineError('invalid-parameter', `invalid environment variable: ${bad}`);
}

function checkWorkingDirectory(path = ''): void {
  if (path === '' || isAbsolute(path)) return;
  throw new EngineError(
    'invalid-parameter',
    `the working directory '${path}' is invalid, it needs to be an absolute path`,
  );
}

const LOG_DRIVERS = ['', 'json-file', 'local', 'none'];

/** What people may ask for and would be wrong to ignore. */
function refuseWhatIsNotThere(asked: HostConfig): void {
  refuseForeign(asked);
  refuseRestartPolicy(asked.RestartPolicy);
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

/** The others that Docker's json-file knows. */
const LATER_LOG_OPTIONS = [
  'compress',
  'env',
  'env-regex',
  'labels',
  'labels-regex',
  'tag',
  'mode',
  'max-buffer-size',
];

function logConfig(asked: HostConfig): NonNullable<HostConfig['LogConfig']> {
  const type = asked.LogConfig?.Type ?? '';
  const config = asked.LogConfig?.Config ?? {};
  if (type === 'none') return { Type: 'none', Config: {} };
  for (const name of Object.keys(config)) {
    if (LATER_LOG_OPTIONS.includes(name))
      throw new EngineError('not-implemented', `log option "${name}" is not there yet`);
    if (!Object.keys(DEFAULT_LOG_OPTIONS).includes(name))
      throw new EngineError('invalid-parameter', `unknown log opt '${name}' for json-file log driver`);
  }
  const options = { ...DEFAULT_LOG_OPTIONS, ...config };
  parseLogSize(options['max-size']);
  if (!(Number(options['max-file']) >= 1))
    throw new EngineError('invalid-parameter', 'max-file cannot be less than 1');
  return { Type: 'json-file', Config: options };
}

/** Bytes of `10m`, `512k`, `1g`; -1 and 0 are no limit. */
export function parseLogSize(text: string): number {
  const match = /^(-?\d+)([kmg]?)b?$/i.exec(text.trim());
  if (match === null) throw new EngineError('invalid-parameter', `invalid value for max-size: "${text}"`);
  const unit = { '': 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 }[match[2]?.toLowerCase() ?? ''] ?? 1;
  return Math.max(0, Number(match[1]) * unit);
}
