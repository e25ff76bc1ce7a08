// A container record → OCI config.json. Pure: everything that had to be looked up comes in.
import type { HostConfig } from '../api/container-request.ts';
import {
  DEFAULT_DEVICES,
  defaultMounts,
  defaultSysctls,
  MASKED_PATHS,
  READONLY_PATHS,
} from '../security/defaults.ts';
import type { ContainerMount, ContainerRecord } from './container.ts';
import type { OciMount, OciNamespace, OciNamespaceType, OciProcess, OciSpec } from './oci-spec.ts';

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
  readonly cgroupsPath: string;
  /** Mounts at /sys/fs/cgroup, as the machine's layout wants them. */
  readonly cgroupMounts: readonly OciMount[];
  /** pid of init of another container, for `container:<id>` modes. */
  readonly initPidOf: (idOrName: string) => number;
}

export function runtimeSpec(record: ContainerRecord, context: SpecContext): OciSpec {
  const { config, hostConfig } = record;
  const privileged = hostConfig.Privileged === true;
  const namespaces = namespacesFor(hostConfig, context.initPidOf);
  const own = (type: OciNamespaceType): boolean =>
    namespaces.some((namespace) => namespace.type === type && namespace.path === undefined);
  return {
    ociVersion: '1.2.0',
    process: processFor(record, context),
    root: { path: context.mountPoint, readonly: hostConfig.ReadonlyRootfs === true },
    hostname: config.Hostname,
    domainname: config.Domainname,
    mounts: [
      ...defaultMounts({
        shmBytes: hostConfig.ShmSize,
        privileged,
        ownIpc: own('ipc') && hostConfig.IpcMode !== 'none',
        ownNetwork: own('network'),
      }),
      ...context.cgroupMounts,
      ...fileMounts(record, context.filesDir),
      ...byDepth(record.mounts).map(userMount),
    ],
    annotations: hostConfig.Annotations ?? {},
    linux: {
      namespaces,
      devices: DEFAULT_DEVICES,
      cgroupsPath: context.cgroupsPath,
      rootfsPropagation: 'rprivate',
      sysctl: defaultSysctls({ privileged, ownNetwork: own('network'), requested: hostConfig.Sysctls ?? {} }),
      maskedPaths: context.systemPathsUnconfined ? [] : (hostConfig.MaskedPaths ?? MASKED_PATHS),
      readonlyPaths: context.systemPathsUnconfined ? [] : (hostConfig.ReadonlyPaths ?? READONLY_PATHS),
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
    env: environmentOf(record),
    cwd: config.WorkingDir === '' ? '/' : config.WorkingDir,
    capabilities: { bounding: sets, effective: sets, permitted: sets, inheritable: [], ambient: [] },
    rlimits: (hostConfig.Ulimits ?? []).map(({ Name, Soft, Hard }) => ({
      type: `RLIMIT_${(Name ?? '').toUpperCase()}`,
      soft: Soft ?? Hard ?? 0,
      hard: Hard ?? Soft ?? 0,
    })),
    noNewPrivileges: context.noNewPrivileges,
    ...(hostConfig.OomScoreAdj === undefined ? {} : { oomScoreAdj: hostConfig.OomScoreAdj }),
  };
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

function namespacesFor(hostConfig: HostConfig, initPidOf: SpecContext['initPidOf']): OciNamespace[] {
  const wishes: NamespaceWish[] = [
    { type: 'pid', file: 'pid', mode: hostConfig.PidMode ?? '' },
    { type: 'network', file: 'net', mode: hostConfig.NetworkMode ?? '' },
    { type: 'ipc', file: 'ipc', mode: hostConfig.IpcMode ?? '' },
    { type: 'uts', file: 'uts', mode: hostConfig.UTSMode ?? '' },
    { type: 'cgroup', file: 'cgroup', mode: hostConfig.CgroupnsMode ?? '' },
  ];
  return [{ type: 'mount' }, ...wishes.flatMap((wish) => namespaceFor(wish, initPidOf))];
}

function namespaceFor(wish: NamespaceWish, initPidOf: SpecContext['initPidOf']): OciNamespace[] {
  if (wish.mode === 'host') return [];
  if (!wish.mode.startsWith('container:')) return [{ type: wish.type }];
  const pid = initPidOf(wish.mode.slice('container:'.length));
  return [{ type: wish.type, path: `/proc/${pid}/ns/${wish.file}` }];
}

const ETC_FILES = ['resolv.conf', 'hostname', 'hosts'] as const;

/** A user's own mount on one of the files wins. */
function fileMounts(record: ContainerRecord, filesDir: string): OciMount[] {
  const access = record.hostConfig.ReadonlyRootfs === true ? ['ro'] : [];
  const taken = new Set(record.mounts.map((mount) => mount.Destination));
  return ETC_FILES.filter((name) => !taken.has(`/etc/${name}`)).map((name) => ({
    destination: `/etc/${name}`,
    type: 'bind',
    source: `${filesDir}/${name}`,
    options: ['rbind', 'rprivate', ...access],
  }));
}

/** Parents before what lies in them; otherwise as the user wrote them. */
function byDepth(mounts: readonly ContainerMount[]): ContainerMount[] {
  const depth = (mount: ContainerMount): number => mount.Destination.split('/').filter(Boolean).length;
  return [...mounts].sort((a, b) => depth(a) - depth(b));
}

/** As config.json has it. */
export function userMount(mount: ContainerMount): OciMount {
  const access = mount.RW ? 'rw' : 'ro';
  if (mount.Type === 'tmpfs') {
    const options = mount.options === '' ? [] : mount.options.split(',');
    return {
      destination: mount.Destination,
      type: 'tmpfs',
      source: 'tmpfs',
      options: ['nosuid', 'nodev', 'noexec', ...options, ...(mount.RW ? [] : ['ro'])],
    };
  }
  return {
    destination: mount.Destination,
    type: 'bind',
    source: mount.Source,
    ...(mount.beneath === undefined ? {} : { beneath: mount.beneath }),
    options: [
      mount.recursive ? 'rbind' : 'bind',
      access,
      mount.Propagation === '' ? 'rprivate' : mount.Propagation,
    ],
  };
}
