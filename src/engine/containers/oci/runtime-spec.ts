// A container record → OCI config.json. Pure: everything that had to be looked up comes in.
import type { IdRange } from '../../../native/shim/protocol.ts';
import type { HostConfig, TimeOffset } from '../../api/container-request.ts';
import { defaultSysctls, MASKED_PATHS, READONLY_PATHS } from '../../security/defaults.ts';
import type { ContainerRecord } from '../container.ts';
import type {
  OciDevice,
  OciMount,
  OciNamespace,
  OciNamespaceType,
  OciProcess,
  OciSpec,
  OciTimeOffset,
} from './oci-spec.ts';
import type { SharedKind } from '../shared-namespaces.ts';
import { mountsFor, ociMappings } from './spec-mounts.ts';
import { systemEnvironment } from './system-container.ts';

/** What the record does not know. */
export interface SpecContext {
  /** Where the rootfs is mounted, in the container's mount namespace. */
  readonly mountPoint: string;
  /** The files that are bound over /etc/hosts, /etc/hostname and /etc/resolv.conf. */
  readonly filesDir: string;
  /** CAP_… names that are granted. */
  readonly capabilities: readonly string[];
  readonly noNewPrivileges: boolean;
  readonly systemPathsUnconfined: boolean;
  readonly apparmorProfile: string | undefined;
  readonly devices: readonly OciDevice[];
  /** Masked beside the defaults. */
  readonly thermalPaths: readonly string[];
  readonly cgroupsPath: string;
  /** Mounts at /sys/fs/cgroup, as the machine's layout wants them. */
  readonly cgroupMounts: readonly OciMount[];
  /** pid of init of another container, for `container:<id>` modes. */
  readonly initPidOf: (idOrName: string, kind: SharedKind) => number;
}

export function runtimeSpec(record: ContainerRecord, context: SpecContext): OciSpec {
  const { config, hostConfig } = record;
  const privileged = hostConfig.Privileged === true;
  const namespaces = namespacesFor(record, context.initPidOf);
  const own = (type: OciNamespaceType): boolean =>
    namespaces.some((namespace) => namespace.type === type && namespace.path === undefined);
  return {
    ociVersion: '1.2.0',
    process: processFor(record, context),
    root: { path: context.mountPoint, readonly: hostConfig.ReadonlyRootfs === true },
    hostname: config.Hostname,
    domainname: config.Domainname,
    mounts: mountsFor(record, {
      ...context,
      // Without a user namespace of its own a container may mount these whatever it shares.
      freshSysfs: own('network') || !own('user'),
      freshMqueue: own('ipc') || !own('user'),
      sharedShm: sharedShm(namespaces, hostConfig),
    }),
    annotations: hostConfig.Annotations ?? {},
    linux: {
      namespaces,
      ...(record.userns === undefined ? {} : ociMappings(record.userns.maps)),
      // What lies in a /dev of the user's own is there already.
      devices: hasOwnDev(record) ? [] : context.devices,
      cgroupsPath: context.cgroupsPath,
      rootfsPropagation: 'rprivate',
      sysctl: defaultSysctls({
        privileged,
        ownNetwork: own('network'),
        ...(record.userns === undefined ? {} : { lastGroup: lastGroup(record.userns.maps.gids) }),
        requested: hostConfig.Sysctls ?? {},
      }),
      maskedPaths: context.systemPathsUnconfined
        ? []
        : (hostConfig.MaskedPaths ?? [...MASKED_PATHS, ...context.thermalPaths]),
      readonlyPaths: context.systemPathsUnconfined ? [] : (hostConfig.ReadonlyPaths ?? READONLY_PATHS),
      ...timeOffsets(hostConfig),
    },
  };
}

/** Of the groups from 0 on without a gap. */
function lastGroup(gids: readonly IdRange[]): number {
  let end = 0;
  for (const { inside, count } of [...gids].sort((a, b) => a.inside - b.inside))
    if (inside === end) end += count;
  return end - 1;
}

/** Undefined for a new one. */
function sharedShm(namespaces: readonly OciNamespace[], { IpcMode = '' }: HostConfig): string | undefined {
  if (IpcMode === 'host') return '/dev/shm';
  const ipc = namespaces.find(({ type }) => type === 'ipc')?.path;
  return ipc?.replace(/\/ns\/ipc$/, '/root/dev/shm');
}

function hasOwnDev({ mounts }: ContainerRecord): boolean {
  return mounts.some(({ Destination, Type }) => Destination === '/dev' && Type !== 'tmpfs');
}

function timeOffsets({ TimeOffsets }: HostConfig): Pick<OciSpec['linux'], 'timeOffsets'> {
  const { Monotonic, Boottime } = TimeOffsets ?? {};
  if (Monotonic === undefined && Boottime === undefined) return {};
  const offset = ({ Secs, Nanosecs }: TimeOffset): OciTimeOffset => ({ secs: Secs, nanosecs: Nanosecs });
  return {
    timeOffsets: {
      ...(Monotonic === undefined ? {} : { monotonic: offset(Monotonic) }),
      ...(Boottime === undefined ? {} : { boottime: offset(Boottime) }),
    },
  };
}

/** Docker's default search path, moby: oci/defaults.go. */
const DEFAULT_PATH = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

function processFor(record: ContainerRecord, context: SpecContext): OciProcess {
  const { config, hostConfig } = record;
  const [height, width] = hostConfig.ConsoleSize ?? [];
  const sets = context.capabilities;
  return {
    terminal: config.Tty,
    ...(height === undefined || width === undefined ? {} : { consoleSize: { height, width } }),
    user: {
      uid: 0,
      gid: 0,
      username: config.User,
      umask: 0o022,
      additionalGroups: hostConfig.GroupAdd ?? [],
    },
    args: commandOf(record),
    env: [...environmentOf(record), ...systemEnvironment(record)],
    cwd: config.WorkingDir === '' ? '/' : config.WorkingDir,
    capabilities: { bounding: sets, effective: sets, permitted: sets, inheritable: [], ambient: [] },
    rlimits: rlimitsOf(hostConfig),
    noNewPrivileges: context.noNewPrivileges,
    // moby: 0, and not that of who starts it.
    oomScoreAdj: hostConfig.OomScoreAdj ?? 0,
    ...(context.apparmorProfile === undefined ? {} : { apparmorProfile: context.apparmorProfile }),
  };
}

export function rlimitsOf({ Ulimits }: HostConfig): OciProcess['rlimits'] {
  return (Ulimits ?? []).map(({ Name, Soft, Hard }) => ({
    type: `RLIMIT_${(Name ?? '').toUpperCase()}`,
    soft: Soft ?? Hard ?? 0,
    hard: Hard ?? Soft ?? 0,
  }));
}

/** Entrypoint and Cmd joined, as execve will get them. */
export function commandOf(record: Pick<ContainerRecord, 'config'>): string[] {
  const { Entrypoint, Cmd } = record.config;
  const entrypoint = typeof Entrypoint === 'string' ? [Entrypoint] : (Entrypoint ?? []);
  return [...entrypoint, ...(Cmd ?? [])];
}

/** What Docker adds stands first, so that the image's and the user's values win. */
export function environmentOf(record: Pick<ContainerRecord, 'config'>): string[] {
  const { Env, Hostname, Tty } = record.config;
  const given = new Set(Env.map((entry) => entry.split('=', 1)[0]));
  const added = [DEFAULT_PATH, `HOSTNAME=${Hostname}`, ...(Tty ? ['TERM=xterm'] : [])];
  return [...added.filter((entry) => !given.has(entry.split('=', 1)[0])), ...Env];
}

interface NamespaceWish {
  readonly type: OciNamespaceType;
  /** File in /proc/<pid>/ns. */
  readonly file: string;
  readonly mode: string;
}

function namespacesFor(
  { hostConfig, userns }: ContainerRecord,
  initPidOf: SpecContext['initPidOf'],
): OciNamespace[] {
  const wishes: NamespaceWish[] = [
    { type: 'pid', file: 'pid', mode: hostConfig.PidMode ?? '' },
    { type: 'network', file: 'net', mode: hostConfig.NetworkMode ?? '' },
    { type: 'ipc', file: 'ipc', mode: hostConfig.IpcMode ?? '' },
    { type: 'uts', file: 'uts', mode: hostConfig.UTSMode ?? '' },
    { type: 'cgroup', file: 'cgroup', mode: hostConfig.CgroupnsMode ?? '' },
    { type: 'time', file: 'time', mode: hostConfig.TimensMode || 'host' },
    { type: 'user', file: 'user', mode: usernsWish(userns) },
  ];
  return [{ type: 'mount' }, ...wishes.flatMap((wish) => namespaceFor(wish, initPidOf))];
}

function usernsWish(userns: ContainerRecord['userns']): string {
  if (userns === undefined) return 'host';
  return userns.sharedWith === undefined ? '' : `container:${userns.sharedWith}`;
}

function namespaceFor(wish: NamespaceWish, initPidOf: SpecContext['initPidOf']): OciNamespace[] {
  if (wish.mode === 'host') return [];
  if (!wish.mode.startsWith('container:')) return [{ type: wish.type }];
  const pid = initPidOf(wish.mode.slice('container:'.length), sharedKind(wish.type));
  return [{ type: wish.type, path: `/proc/${pid}/ns/${wish.file}` }];
}

/** Checked at create: no other mode names a container. */
function sharedKind(type: OciNamespaceType): SharedKind {
  if (type === 'pid' || type === 'network' || type === 'ipc' || type === 'user') return type;
  throw new Error(`unreachable: a container's ${type} namespace is not shared`);
}
