// Flags of `run` and `create` → the request that the engine gets. Pure but for the files that flags name.
import type { CreateContainerRequest, HostConfig } from '../../engine/api/container-request.ts';
import { parseDevice } from '../../engine/api/device-spec.ts';
import { UsageError } from '../exit-error.ts';
import type { ContainerValues } from './container-options.ts';
import { parseDeviceRule } from './device-rule.ts';
import { environmentFrom, labelsFrom, mapFrom } from './key-value.ts';
import {
  memoryFlag,
  parseExtraHost,
  parseRestartPolicy,
  parseUlimit,
  addressFlag,
  domainFlag,
  withFlag,
} from './limits.ts';
import { parseMount } from './mount-spec.ts';
import { networkFrom } from './network-flag.ts';
import { portsFrom } from './port-spec.ts';
import { limitsFrom } from './resources.ts';
import { securityOption } from './security-option.ts';
import { timeFrom } from './time-offset.ts';
import { tmpfsFrom, volumesFrom } from './volume-spec.ts';

export interface RequestSource {
  readonly values: ContainerValues;
  readonly image: string;
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
}

export type Streams = Readonly<Record<'stdin' | 'stdout' | 'stderr', boolean>>;

/** What `-a` says, or without it: output always, input with -i. @throws UsageError */
export function attachedStreams(values: ContainerValues, detached: boolean): Streams {
  const wanted = values.attach.map((name) => withFlag('-a, --attach', name, () => streamName(name)));
  if (wanted.length === 0)
    return { stdin: values.interactive && !detached, stdout: !detached, stderr: !detached };
  if (detached) throw new UsageError('conflicting options: cannot specify both --attach and --detach');
  return {
    stdin: wanted.includes('stdin'),
    stdout: wanted.includes('stdout'),
    stderr: wanted.includes('stderr'),
  };
}

function streamName(text: string): string {
  const name = text.toLowerCase();
  if (['stdin', 'stdout', 'stderr'].includes(name)) return name;
  throw new UsageError('valid streams are STDIN, STDOUT and STDERR');
}

/** @throws UsageError */
export function createRequestFrom(source: RequestSource, attached: Streams): CreateContainerRequest {
  const { values } = source;
  const ports = portsFrom(values.publish, values.expose);
  const { volumes, binds } = volumesFrom(values.volume);
  const network = networkFrom(values);
  return {
    name: values.name,
    platform: values.platform,
    Image: source.image,
    Cmd: source.command.length > 0 ? [...source.command] : undefined,
    // Docker's CLI: one word without splitting; the empty string resets the image's.
    Entrypoint: values.entrypoint === undefined ? undefined : [values.entrypoint],
    Hostname: values.hostname,
    Domainname: values.domainname,
    User: values.user,
    WorkingDir: values.workdir,
    AttachStdin: attached.stdin,
    AttachStdout: attached.stdout,
    AttachStderr: attached.stderr,
    OpenStdin: values.interactive,
    StdinOnce: values.interactive && attached.stdin,
    Tty: values.tty,
    Env: environmentFrom(values.env, values['env-file'], source.env),
    Labels: labelsFrom(values.label, values['label-file']),
    Volumes: volumes,
    ExposedPorts: ports.exposed,
    StopSignal: values['stop-signal'],
    StopTimeout: values['stop-timeout'],
    HostConfig: {
      ...hostConfigFrom(values),
      ...resourcesFrom(values),
      ...securityFrom(values),
      Binds: binds,
      PortBindings: ports.bindings,
      NetworkMode: network.mode,
    },
    NetworkingConfig: network.networking,
  };
}

function hostConfigFrom(values: ContainerValues): HostConfig {
  const restart = parseRestartPolicy(values.restart ?? 'no');
  if (values.rm && restart.Name !== '' && restart.Name !== 'no') {
    throw new UsageError('conflicting options: cannot specify both --restart and --rm');
  }
  return {
    AutoRemove: values.rm,
    Mounts: values.mount.map((spec) => withFlag('--mount', spec, () => parseMount(spec))),
    Tmpfs: tmpfsFrom(values.tmpfs),
    VolumesFrom: [...values['volumes-from']],
    VolumeDriver: values['volume-driver'],
    PublishAllPorts: values['publish-all'],
    RestartPolicy: restart,
    LogConfig: { Type: values['log-driver'] ?? '', Config: mapFrom(values['log-opt'], 'log option') },
    CgroupParent: values['cgroup-parent'],
    CgroupnsMode: oneOf('--cgroupns', values.cgroupns, ['host', 'private']),
    Dns: values.dns.map((address) => addressFlag('--dns', address)),
    DnsOptions: [...values['dns-option']],
    DnsSearch: values['dns-search'].map((domain) => domainFlag('--dns-search', domain)),
    ExtraHosts: values['add-host'].map(parseExtraHost),
    GroupAdd: [...values['group-add']],
    IpcMode: values.ipc,
    PidMode: oneOf('--pid', values.pid, ['host'], 'container:'),
    UTSMode: oneOf('--uts', values.uts, ['host']),
    UsernsMode: values.userns,
    ReadonlyRootfs: values['read-only'],
    ShmSize: memoryFlag('--shm-size', values['shm-size']),
    Sysctls: mapFrom(values.sysctl, 'sysctl'),
    Init: values.init ? true : undefined,
    Systemd: oneOf('--systemd', values.systemd, ['true', 'false', 'always']),
    Devices: values.device.map(parseDevice),
    DeviceCgroupRules: values['device-cgroup-rule'].map(parseDeviceRule),
    Isolation: values.isolation,
    Runtime: values.runtime,
    StorageOpt: storageOptions(values['storage-opt']),
    ...timeFrom(values.timens, values['time-offset']),
    Annotations: values.annotation.length > 0 ? mapFrom(values.annotation, 'annotation') : undefined,
  };
}

function resourcesFrom(values: ContainerValues): HostConfig {
  const swappiness = values['memory-swappiness'];
  if (swappiness !== undefined && swappiness !== -1 && (swappiness < 0 || swappiness > 100)) {
    throw new UsageError(`invalid value: ${swappiness}. Valid memory swappiness range is 0-100`);
  }
  return {
    ...limitsFrom(values),
    MemorySwappiness: swappiness,
    OomKillDisable: values['oom-kill-disable'] ? true : undefined,
    OomScoreAdj: values['oom-score-adj'],
    Ulimits: values.ulimit.map(parseUlimit),
  };
}

function storageOptions(options: readonly string[]): Record<string, string> | undefined {
  if (options.length === 0) return undefined;
  if (!options.every((option) => option.includes('='))) throw new UsageError('invalid storage option');
  return mapFrom(options, 'storage option');
}

/** `systempaths=unconfined` is the CLI's own; a seccomp profile travels as its text. */
function securityFrom(values: ContainerValues): HostConfig {
  const options = values['security-opt'].map(securityOption);
  const unconfined = options.includes('systempaths=unconfined');
  return {
    CapAdd: [...values['cap-add']],
    CapDrop: [...values['cap-drop']],
    Privileged: values.privileged,
    SecurityOpt: options.filter((option) => option !== 'systempaths=unconfined'),
    ...(unconfined ? { MaskedPaths: [], ReadonlyPaths: [] } : {}),
  };
}

function oneOf(
  flag: string,
  text: string | undefined,
  ...[words, prefix]: readonly [readonly string[], string?]
): string | undefined {
  if (text === undefined || text === '' || words.includes(text)) return text;
  if (prefix !== undefined && text.startsWith(prefix) && text.length > prefix.length) return text;
  throw new UsageError(`${flag}: invalid ${flag.slice(2).toUpperCase()} mode`);
}
