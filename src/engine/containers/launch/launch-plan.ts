// config.json → the shim's launch plan. Pure: what the shim is to do, in the order in which it must be done.
import type {
  BindIdmap,
  CapabilityMasks,
  IdMaps,
  IdRange,
  LaunchPlan,
  LogPlan,
  SetupOp,
} from '../../../native/shim/protocol.ts';
import { CLONE, MS } from '../../../native/syscalls.ts';
import { DEVICE_LINKS } from '../../security/defaults.ts';
import { sysctlPath } from '../../security/sysctls.ts';
import type { RootfsMount } from '../../storage/storage-driver.ts';
import { parseMountOptions } from './mount-options.ts';
import type { ContainerRecord } from '../container.ts';
import type {
  OciDevice,
  OciIdMapping,
  OciMount,
  OciNamespaceType,
  OciProcess,
  OciSpec,
} from '../oci/oci-spec.ts';
import { rlimitNumber, rlimitValue } from '../oci/rlimits.ts';

/** What a launch needs beside config.json. */
export interface LaunchContext {
  readonly id: string;
  readonly runDir: string;
  /** An empty directory that the rootfs is mounted on, in the container's mount namespace only. */
  readonly mountPoint: string;
  readonly rootfs: RootfsMount;
  readonly cgroupProcs: readonly string[];
  readonly monitorCgroup: string | undefined;
  /** Joined in place of making one; undefined lets the shim make it. */
  readonly netnsPath: string | undefined;
  /** Namespaces of other containers: their path in the spec, and one that cannot become another's meanwhile. */
  readonly held: ReadonlyMap<string, string>;
  /** The spec has them as names. */
  readonly capabilities: CapabilityMasks;
  readonly seccomp: Uint8Array;
  readonly init: boolean;
  readonly stdio: { readonly openStdin: boolean; readonly stdinOnce: boolean };
  readonly log: LogPlan | undefined;
  readonly keepFds: number;
  readonly cleanup: LaunchPlan['cleanup'];
}

export function launchPlan(spec: OciSpec, context: LaunchContext): LaunchPlan {
  const { process: wanted } = spec;
  return {
    kind: 'container',
    id: context.id,
    runDir: context.runDir,
    namespaces: namespacesOf(spec, context),
    ...userOf(spec),
    cgroupProcs: context.cgroupProcs,
    monitorCgroup: context.monitorCgroup,
    ...(hasOwn(spec, 'uts') ? { hostname: spec.hostname } : {}),
    ...(hasOwn(spec, 'uts') && spec.domainname !== '' ? { domainname: spec.domainname } : {}),
    rootfs: context.mountPoint,
    setup: setupOps(spec, context),
    process: {
      args: wanted.args,
      env: wanted.env,
      cwd: wanted.cwd,
      user: wanted.user.username,
      additionalGroups: wanted.user.additionalGroups,
      umask: wanted.user.umask,
      capabilities: context.capabilities,
      noNewPrivileges: wanted.noNewPrivileges,
      rlimits: rlimitPlan(wanted.rlimits),
      ...(wanted.oomScoreAdj === undefined ? {} : { oomScoreAdj: wanted.oomScoreAdj }),
      seccomp: context.seccomp,
      init: context.init,
      ...(wanted.apparmorProfile === undefined ? {} : { apparmorProfile: wanted.apparmorProfile }),
    },
    stdio: {
      terminal: wanted.terminal,
      rows: wanted.consoleSize?.height ?? 0,
      cols: wanted.consoleSize?.width ?? 0,
      ...context.stdio,
    },
    ...(context.log === undefined ? {} : { log: context.log }),
    keepFds: context.keepFds,
    ...(context.cleanup === undefined ? {} : { cleanup: context.cleanup }),
  };
}

function userOf({ linux }: OciSpec): Pick<LaunchPlan, 'user'> {
  return linux.uidMappings === undefined ? {} : { user: idMaps(linux) };
}

function idMaps({ uidMappings, gidMappings }: Pick<OciMount, 'uidMappings' | 'gidMappings'>): IdMaps {
  const range = ({ containerID, hostID, size }: OciIdMapping): IdRange => ({
    inside: containerID,
    outside: hostID,
    count: size,
  });
  return { uids: (uidMappings ?? []).map(range), gids: (gidMappings ?? []).map(range) };
}

export function rlimitPlan(limits: OciProcess['rlimits']): LaunchPlan['process']['rlimits'] {
  return limits.map(({ type, soft, hard }) => ({
    resource: rlimitNumber(type),
    soft: rlimitValue(soft),
    hard: rlimitValue(hard),
  }));
}

const NAMESPACE_FLAGS: Readonly<Record<OciNamespaceType, number>> = {
  pid: CLONE.NEWPID,
  network: CLONE.NEWNET,
  mount: CLONE.NEWNS,
  ipc: CLONE.NEWIPC,
  uts: CLONE.NEWUTS,
  cgroup: CLONE.NEWCGROUP,
  user: CLONE.NEWUSER,
  time: CLONE.NEWTIME,
};

/** Which namespaces of init an exec joins: those that are not our own. */
export function namespaceFlags({
  hostConfig,
  userns,
}: Pick<ContainerRecord, 'hostConfig' | 'userns'>): number {
  return Object.entries({
    [NAMESPACE_FLAGS.pid]: hostConfig.PidMode,
    [NAMESPACE_FLAGS.network]: hostConfig.NetworkMode,
    [NAMESPACE_FLAGS.ipc]: hostConfig.IpcMode,
    [NAMESPACE_FLAGS.uts]: hostConfig.UTSMode,
    [NAMESPACE_FLAGS.cgroup]: hostConfig.CgroupnsMode,
    [NAMESPACE_FLAGS.time]: hostConfig.TimensMode || 'host',
    [NAMESPACE_FLAGS.user]: userns === undefined ? 'host' : 'own',
  }).reduce((flags, [flag, mode]) => (mode === 'host' ? flags : flags | Number(flag)), NAMESPACE_FLAGS.mount);
}

function namespacesOf(
  spec: OciSpec,
  { netnsPath, held }: Pick<LaunchContext, 'netnsPath' | 'held'>,
): LaunchPlan['namespaces'] {
  let unshare = 0;
  const join: { kind: number; path: string }[] = [];
  for (const { type, path: given } of spec.linux.namespaces) {
    const path = given ?? (type === 'network' ? netnsPath : undefined);
    if (path === undefined) unshare |= NAMESPACE_FLAGS[type];
    else join.push({ kind: NAMESPACE_FLAGS[type], path: held.get(path) ?? path });
  }
  // One line a clock, as in proc_pid_timens_offsets of time_namespaces(7).
  const offsets = Object.entries(spec.linux.timeOffsets ?? {}).map(
    ([clock, { secs, nanosecs }]) => `${clock} ${secs} ${nanosecs}\n`,
  );
  return { unshare, join, fromPidfd: 0, timeOffsets: offsets.join('') };
}

function hasOwn(spec: OciSpec, type: OciNamespaceType): boolean {
  return spec.linux.namespaces.some((namespace) => namespace.type === type && namespace.path === undefined);
}

/**
 * The order matters: the rootfs, then mounts in the order of config.json (a mount may lie on another), then devices
 * (in the fresh /dev), sysctls (they need a writable /proc/sys, which is made read-only after), masks, and the
 * rootfs read-only last, when every mount point has been made.
 */
function setupOps(spec: OciSpec, { rootfs, held }: Pick<LaunchContext, 'rootfs' | 'held'>): SetupOp[] {
  const { devices } = spec.linux;
  return [
    rootfsOp(rootfs, spec.linux.uidMappings !== undefined),
    ...spec.mounts.map((mount) => mountOp(mount, held)),
    ...devices.map(deviceOp),
    ...(devices.length === 0 ? [] : deviceLinks()),
    ...Object.entries(spec.linux.sysctl).map(([key, value]): SetupOp => ({
      op: 'sysctl',
      key: sysctlPath(key),
      value,
    })),
    ...spec.linux.readonlyPaths.map((target): SetupOp => ({ op: 'readonlyPath', target })),
    ...spec.linux.maskedPaths.map((target): SetupOp => ({ op: 'mask', target })),
    ...(spec.root.readonly ? [{ op: 'remountRoot', readonly: true } as const] : []),
  ];
}

function rootfsOp(rootfs: RootfsMount, hasUserns: boolean): SetupOp {
  if (rootfs.kind === 'bind') {
    const idmap = hasUserns ? ({ idmap: 'container' } as const) : {};
    return { ...bindDefaults, source: rootfs.source, target: '', recursive: false, ...idmap };
  }
  const { lowerdirs, upperdir, workdir, base } = rootfs;
  return { op: 'overlay', lowerdirs, upperdir, workdir, target: '', options: [], base };
}

const bindDefaults = {
  op: 'bind',
  recursive: true,
  readonly: false,
  nosuid: false,
  nodev: false,
  noexec: false,
  propagation: 'rprivate',
} as const;

/** As the shim is told it. @param held namespaces of other containers, see LaunchContext */
export function mountOp(mount: OciMount, held: LaunchContext['held'] = new Map()): SetupOp {
  const { flags, propagation, data } = parseMountOptions(mount.options);
  const { source, type, destination: target } = mount;
  if ((flags & MS.BIND) === 0) return { op: 'mount', type, source, target, flags, data };
  return {
    op: 'bind',
    ...bindSource(source, held),
    ...(mount.beneath === undefined ? {} : { beneath: mount.beneath }),
    target,
    recursive: (flags & MS.REC) !== 0,
    readonly: (flags & MS.RDONLY) !== 0,
    nosuid: (flags & MS.NOSUID) !== 0,
    nodev: (flags & MS.NODEV) !== 0,
    noexec: (flags & MS.NOEXEC) !== 0,
    propagation: propagation ?? 'rprivate',
    ...(mount.options.includes('idmap') ? { idmap: idmapOf(mount) } : {}),
  };
}

function idmapOf(mount: OciMount): BindIdmap {
  if (mount.uidMappings === undefined) return 'container';
  return { ...idMaps(mount), ownedByUser: mount.options.includes('U') };
}

/** A directory of another container is looked up in its mount namespace, which is the one that holds it. */
function bindSource(
  source: string,
  held: LaunchContext['held'],
): { readonly source: string; readonly mountNamespace?: string } {
  const [, pid, path] = /^\/proc\/(\d+)\/root(\/.+)$/.exec(source) ?? [];
  const mountNamespace = held.get(`/proc/${pid}/ns/mnt`);
  return path === undefined || mountNamespace === undefined ? { source } : { source: path, mountNamespace };
}

const FILE_TYPES = { c: 0o020000, b: 0o060000, p: 0o010000 } as const;

function deviceOp(device: OciDevice): SetupOp {
  const { path: target, major, minor, uid, gid } = device;
  const mode = FILE_TYPES[device.type] | device.fileMode;
  return { op: 'mknod', target, mode, major, minor, uid, gid, hostPath: device.hostPath ?? target };
}

function deviceLinks(): SetupOp[] {
  return DEVICE_LINKS.map(([target, linkTo]) => ({ op: 'symlink', target, linkTo }));
}
