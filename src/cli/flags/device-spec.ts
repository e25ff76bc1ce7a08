// `--device HOST[:CONTAINER[:rwm]]` and `--device-cgroup-rule`, with docker/cli's grammar and errors.
import { posix } from 'node:path';
import type { DeviceMapping } from '../../engine/api/container-request.ts';
import { UsageError } from '../exit-error.ts';
import { withFlag } from './limits.ts';

/** @throws UsageError */
export function parseDevice(spec: string): DeviceMapping {
  if (isCdiName(spec)) {
    throw new UsageError(
      `CDI device "${spec}" cannot be injected: CDI is not there; name the device files with --device`,
    );
  }
  const { host, container, access } = parts(spec);
  const target = container ?? host;
  if (!target.startsWith('/')) throw new UsageError(`${target} is not an absolute path`);
  return {
    PathOnHost: container === undefined ? posix.normalize(host) : host,
    PathInContainer: posix.normalize(target),
    CgroupPermissions: access ?? 'rwm',
  };
}

interface DeviceParts {
  readonly host: string;
  readonly container: string | undefined;
  readonly access: string | undefined;
}

/** The second of two parts is permissions where it can be. */
function parts(spec: string): DeviceParts {
  const [host = '', second, third, ...more] = spec.split(':');
  if (more.length > 0 || host === '') throw new UsageError(`bad format for path: ${spec}`);
  if (third !== undefined && !isMode(third)) throw new UsageError(`bad mode specified: ${third}`);
  if (third === undefined && second !== undefined && isMode(second))
    return { host, container: undefined, access: second };
  return { host, container: second, access: third };
}

/** @throws UsageError as pflag words it */
export function parseDeviceRule(rule: string): string {
  return withFlag('--device-cgroup-rule', rule, () => {
    if (/^[acb] (\d+|\*):(\d+|\*) [rwm]{1,3}$/.test(rule)) return rule;
    throw new UsageError(`invalid device cgroup format '${rule}'`);
  });
}

/** Any of r, w and m, each at most once. */
function isMode(text: string): boolean {
  return /^[rwm]+$/.test(text) && new Set(text).size === text.length;
}

/** `vendor.com/class=name` of the Container Device Interface. */
function isCdiName(spec: string): boolean {
  return /^[A-Za-z][\w.-]*\/[A-Za-z][\w.-]*=[A-Za-z0-9][\w.:-]*$/.test(spec);
}
