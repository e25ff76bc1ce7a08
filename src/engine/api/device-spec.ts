// How a device is written: `HOST[:CONTAINER[:rwm]]`, with docker/cli's grammar and errors. Pure.
import { posix } from 'node:path';
import type { DeviceMapping } from './container-request.ts';
import { EngineError } from './errors.ts';

/** Throws invalid-parameter. */
export function parseDevice(spec: string): DeviceMapping {
  if (isCdiName(spec)) {
    throw invalid(
      `CDI device "${spec}" cannot be injected: CDI is not there; name the device files with --device`,
    );
  }
  const { host, container, access } = parts(spec);
  const target = container ?? host;
  if (!target.startsWith('/')) throw invalid(`${target} is not an absolute path`);
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
  if (more.length > 0 || host === '') throw invalid(`bad format for path: ${spec}`);
  if (third !== undefined && !isMode(third)) throw invalid(`bad mode specified: ${third}`);
  if (third === undefined && second !== undefined && isMode(second))
    return { host, container: undefined, access: second };
  return { host, container: second, access: third };
}

/** Any of r, w and m, each at most once. */
function isMode(text: string): boolean {
  return /^[rwm]+$/.test(text) && new Set(text).size === text.length;
}

/** `vendor.com/class=name` of the Container Device Interface. */
function isCdiName(spec: string): boolean {
  return /^[A-Za-z][\w.-]*\/[A-Za-z][\w.-]*=[A-Za-z0-9][\w.:-]*$/.test(spec);
}

function invalid(text: string): EngineError {
  return new EngineError('invalid-parameter', text);
}
