// Device files that a container gets, and the rules of its cgroup that go with them (moby: daemon/pkg/oci; containerd:
// pkg/oci). The machine's nodes are looked at when a container starts, since they come and go.
import { type Stats, lstatSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { getSystemErrorMessage } from 'node:util';
import { majorOf, minorOf } from '../../../native/device-number.ts';
import { namesIfThere } from '../../../native/if-there.ts';
import type { DeviceMapping, HostConfig } from '../../api/container-request.ts';
import { EngineError } from '../../api/errors.ts';
import { DEFAULT_DEVICE_RULES, type DeviceRule, parseDeviceRule } from '../../cgroups/device-rules.ts';
import { DEFAULT_DEVICES } from '../../security/defaults.ts';
import type { OciDevice } from './oci-spec.ts';

export interface ContainerDevices {
  readonly nodes: readonly OciDevice[];
  readonly rules: readonly DeviceRule[] | 'all';
}

/** Throws Docker's error for a device that is not there. */
export function devicesFor(
  wishes: Pick<HostConfig, 'Devices' | 'DeviceCgroupRules' | 'Privileged'>,
): ContainerDevices {
  const mapped = (wishes.Devices ?? []).map(mappedDevices);
  const nodes = mapped.flatMap((devices) => devices.nodes);
  if (wishes.Privileged === true) return { nodes: byPath([...machineNodes(), ...nodes]), rules: 'all' };
  const rules = [
    ...DEFAULT_DEVICE_RULES,
    ...mapped.flatMap((devices) => devices.rules),
    ...(wishes.DeviceCgroupRules ?? []).flatMap(parseDeviceRule),
  ];
  return { nodes: byPath(nodes), rules };
}

/** What is asked for by name lies over the defaults, and those over what the machine has. */
function byPath(nodes: readonly OciDevice[]): OciDevice[] {
  const devices = new Map(nodes.map((node) => [node.path, node]));
  const defaults = DEFAULT_DEVICES.filter(({ path }) => !devices.has(path));
  return [...defaults, ...devices.values()];
}

interface MappedDevices {
  readonly nodes: OciDevice[];
  readonly rules: DeviceRule[];
}

function mappedDevices(mapping: DeviceMapping): MappedDevices {
  const { PathOnHost: host, PathInContainer = '', CgroupPermissions = '' } = mapping;
  const access = CgroupPermissions === '' ? 'rwm' : CgroupPermissions;
  const nodes = nodesAt(host, PathInContainer === '' ? host : PathInContainer);
  return {
    nodes,
    rules: nodes.flatMap(({ type, major, minor }) => (type === 'p' ? [] : [{ type, major, minor, access }])),
  };
}

/** A device, or all those in a directory. */
function nodesAt(host: string, target: string): OciDevice[] {
  const { path, stats } = resolved(host);
  const node = nodeFrom(path, stats, target);
  const found = node === undefined && stats.isDirectory() ? nodesBelow(path, target, () => true) : node;
  if (found === undefined || (Array.isArray(found) && found.length === 0))
    throw notThere(host, 'not a device node');
  return Array.isArray(found) ? found : [found];
}

function resolved(host: string): { path: string; stats: Stats } {
  try {
    const path = realpathSync(host);
    return { path, stats: lstatSync(path) };
  } catch (error) {
    throw notThere(host, error);
  }
}

function notThere(host: string, why: unknown): EngineError {
  const isSystem = why instanceof Error && 'errno' in why && typeof why.errno === 'number';
  const text = isSystem ? getSystemErrorMessage(Number(why.errno)) : String(why);
  return new EngineError(
    'invalid-parameter',
    `error gathering device information while adding custom device "${host}": ${text}`,
    { cause: why },
  );
}

/** Of their own in every container, or none of a container's business: containerd's list. */
const SKIPPED_DIRECTORIES = ['pts', 'shm', 'fd', 'mqueue', '.lxc', '.lxd-mounts', '.udev'];
const SKIPPED_NODES = ['console', 'ptmx'];

/** Every device in the machine's /dev, for a privileged container. */
function machineNodes(): OciDevice[] {
  const defaults = new Set(DEFAULT_DEVICES.map(({ path }) => path));
  const skipped = new Set([...SKIPPED_DIRECTORIES, ...SKIPPED_NODES]);
  return nodesBelow('/dev', '/dev', (name) => !skipped.has(name)).filter(
    ({ path, type }) => type !== 'p' && !defaults.has(path),
  );
}

/** Links are not followed; what vanishes meanwhile is passed over. */
function nodesBelow(directory: string, target: string, isWanted: (name: string) => boolean): OciDevice[] {
  return namesIfThere(directory, 'EACCES', 'EPERM')
    .filter(isWanted)
    .flatMap((name): OciDevice[] => {
      const [path, inside] = [join(directory, name), join(target, name)];
      const stats = lstatSync(path, { throwIfNoEntry: false });
      if (stats?.isDirectory() === true) return nodesBelow(path, inside, isWanted);
      const node = stats === undefined ? undefined : nodeFrom(path, stats, inside);
      return node === undefined ? [] : [node];
    });
}

function nodeFrom(hostPath: string, stats: Stats, path: string): OciDevice | undefined {
  const type = typeOf(stats);
  if (type === undefined) return undefined;
  const { rdev, mode, uid, gid } = stats;
  return {
    path,
    type,
    major: majorOf(rdev),
    minor: minorOf(rdev),
    fileMode: mode & 0o7777,
    uid,
    gid,
    hostPath,
  };
}

function typeOf(stats: Stats): OciDevice['type'] | undefined {
  if (stats.isCharacterDevice()) return 'c';
  if (stats.isBlockDevice()) return 'b';
  return stats.isFIFO() ? 'p' : undefined;
}
