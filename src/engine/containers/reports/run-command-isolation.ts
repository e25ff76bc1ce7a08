// Flags of the command line that would make a container again: namespaces, devices, privileges. Pure.
import type { HostConfig, TimeOffset } from '../../api/container-request.ts';
import type { ContainerRecord } from '../container.ts';

export function isolationFlags(record: ContainerRecord): string[] {
  const { hostConfig } = record;
  return [
    ...namespaceFlags(record),
    ...(hostConfig.Privileged === true ? ['--privileged'] : []),
    ...many('--cap-add', hostConfig.CapAdd),
    ...many('--cap-drop', hostConfig.CapDrop),
    ...many('--security-opt', securityOptions(hostConfig)),
    ...many('--device', (hostConfig.Devices ?? []).map(deviceText)),
    ...many('--device-cgroup-rule', hostConfig.DeviceCgroupRules),
    ...many('--group-add', hostConfig.GroupAdd),
    ...many('--sysctl', pairs(hostConfig.Sysctls)),
    ...many('--ulimit', (hostConfig.Ulimits ?? []).map(ulimitText)),
    ...many('--annotation', pairs(hostConfig.Annotations)),
    ...numberFlag('--shm-size', hostConfig.ShmSize),
    ...numberFlag('--oom-score-adj', hostConfig.OomScoreAdj),
    ...wordFlag('--cgroup-parent', hostConfig.CgroupParent),
  ];
}

function namespaceFlags({ id, config, hostConfig }: ContainerRecord): string[] {
  const sharesNames =
    /^(host$|container:)/.test(hostConfig.NetworkMode ?? '') || hostConfig.UTSMode === 'host';
  const hostname = sharesNames || config.Hostname === id.slice(0, 12) ? '' : config.Hostname;
  const offsets = Object.entries(hostConfig.TimeOffsets ?? {}).flatMap(([clock, offset]) =>
    offset === undefined ? [] : [`${clock.toLowerCase()}=${offsetText(offset)}`],
  );
  return [
    ...wordFlag('--hostname', hostname),
    ...wordFlag('--domainname', sharesNames ? '' : config.Domainname),
    ...wordFlag('--pid', hostConfig.PidMode),
    ...wordFlag('--ipc', hostConfig.IpcMode === 'private' ? '' : hostConfig.IpcMode),
    ...wordFlag('--uts', hostConfig.UTSMode),
    ...wordFlag('--userns', hostConfig.UsernsMode),
    ...wordFlag('--cgroupns', hostConfig.CgroupnsMode === 'private' ? '' : hostConfig.CgroupnsMode),
    ...wordFlag('--timens', hostConfig.TimensMode === 'private' ? 'private' : ''),
    ...wordFlag('--time-offset', offsets.join(',')),
  ];
}

/** A profile has become part of the record: which file it was is not known any more. */
function securityOptions({ SecurityOpt, MaskedPaths, ReadonlyPaths }: HostConfig): string[] {
  const unconfined = MaskedPaths?.length === 0 && ReadonlyPaths?.length === 0;
  const options = (SecurityOpt ?? []).map((option) =>
    option.replace(/^seccomp=\{.*$/s, 'seccomp=PROFILE.json'),
  );
  return unconfined ? [...options, 'systempaths=unconfined'] : options;
}

function deviceText({
  PathOnHost: host,
  PathInContainer: inside = '',
  CgroupPermissions: access = '',
}: {
  readonly PathOnHost: string;
  readonly PathInContainer?: string | undefined;
  readonly CgroupPermissions?: string | undefined;
}): string {
  const target = inside === '' || inside === host ? '' : `:${inside}`;
  return `${host}${target}${access === '' || access === 'rwm' ? '' : `:${access}`}`;
}

function ulimitText({
  Name = '',
  Soft = 0,
  Hard = Soft,
}: NonNullable<HostConfig['Ulimits']>[number]): string {
  return `${Name}=${Soft}${Hard === Soft ? '' : `:${Hard}`}`;
}

/** Below zero the fraction counts upwards from the second before. */
function offsetText({ Secs, Nanosecs }: TimeOffset): string {
  if (Nanosecs === 0) return String(Secs);
  const [whole, fraction, sign] = Secs < 0 ? [-Secs - 1, 1e9 - Nanosecs, '-'] : [Secs, Nanosecs, ''];
  return `${sign}${whole}.${String(fraction).padStart(9, '0')}`;
}

const pairs = (map: Readonly<Record<string, string>> | null | undefined): string[] =>
  Object.entries(map ?? {}).map(([key, value]) => `${key}=${value}`);

const many = (flag: string, values: readonly string[] | null | undefined): string[] =>
  (values ?? []).flatMap((value) => [flag, value]);

const wordFlag = (flag: string, value: string | undefined): string[] =>
  value === undefined || value === '' ? [] : [flag, value];

const numberFlag = (flag: string, value: number | undefined): string[] =>
  value === undefined || value === 0 ? [] : [flag, String(value)];
