// config.json → the shim's launch plan. Pure: what the shim is to do, in the order in which it must be done.
import type { CapabilityMasks, LaunchPlan, LogPlan, SetupOp } from '../../native/shim/protocol.ts';
import { CLONE, MS } from '../../native/syscalls.ts';
import { DEVICE_LINKS } from '../security/defaults.ts';
import type { HostConfig } from '../api/container-request.ts';
import type { RootfsMount } from '../storage/storage-driver.ts';
import { parseMountOptions } from './mount-options.ts';
import type { OciDevice, OciMount, OciNamespaceType, OciSpec } from './oci-spec.ts';
import { rlimitNumber } from './rlimits.ts';

/** What a launch needs beside config.json. */
export interface LaunchContext {
  readonly id: string;
  readonly runDir: string;
  /** An empty directory that the rootfs is mounted on, in the container's mount namespace only. */
  readonly mountPoint: string;
  readonly rootfs: RootfsMount;
  readonly cgroupProcs: readonly string[];
  /** Joined in place of making one; undefined lets the shim make it. */
  readonly netnsPath: string | undefined;
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
    namespaces: namespacesOf(spec, context.netnsPath),
    cgroupProcs: context.cgroupProcs,
    ...(hasOwn(spec, 'uts') ? { hostname: spec.hostname } : {}),
    ...(hasOwn(spec, 'uts') && spec.domainname !== '' ? { domainname: spec.domainname } : {}),
    rootfs: context.mountPoint,
    setup: setupOps(spec, context.rootfs),
    process: {
      args: wanted.args,
      env: wanted.env,
      cwd: wanted.cwd,
      user: wanted.user.username,
      additionalGroups: wanted.user.additionalGroups,
      umask: wanted.user.umask,
      capabilities: context.capabilities,
      noNewPrivileges: wanted.noNewPrivileges,
      rlimits: wanted.rlimits.map(({ type, soft, hard }) => ({
        resource: rlimitNumber(type),
        soft: BigInt(soft),
        hard: BigInt(hard),
      })),
      ...(wanted.oomScoreAdj === undefined ? {} : { oomScoreAdj: wanted.oomScoreAdj }),
      seccomp: context.seccomp,
      init: context.init,
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
export function namespaceFlags(hostConfig: HostConfig): number {
  return Object.entries({
    [NAMESPACE_FLAGS.pid]: hostConfig.PidMode,
    [NAMESPACE_FLAGS.network]: hostConfig.NetworkMode,
    [NAMESPACE_FLAGS.ipc]: hostConfig.IpcMode,
    [NAMESPACE_FLAGS.uts]: hostConfig.UTSMode,
    [NAMESPACE_FLAGS.cgroup]: hostConfig.CgroupnsMode,
  }).reduce((flags, [flag, mode]) => (mode === 'host' ? flags : flags | Number(flag)), NAMESPACE_FLAGS.mount);
}

/** @param netnsPath the network namespace of its own, where it was made already */
function namespacesOf(spec: OciSpec, netnsPath: string | undefined): LaunchPlan['namespaces'] {
  let unshare = 0;
  const join: { kind: number; path: string }[] = [];
  for (const { type, path: given } of spec.linux.namespaces) {
    const path = given ?? (type === 'network' ? netnsPath : undefined);
    if (path === undefined) unshare |= NAMESPACE_FLAGS[type];
    else join.push({ kind: NAMESPACE_FLAGS[type], path });
  }
  return { unshare, join, fromPidfd: 0 };
}

function hasOwn(spec: OciSpec, type: OciNamespaceType): boolean {
  return spec.linux.namespaces.some((namespace) => namespace.type === type && namespace.path === undefined);
}

/**
 * The order matters: the rootfs, then mounts in the order of config.json (a mount may lie on another), then devices
 * (in the fresh /dev), sysctls (they need a writable /proc/sys, which is made read-only after), masks, and the
 * rootfs read-only last, when every mount point has been made.
 */
function setupOps(spec: OciSpec, rootfs: RootfsMount): SetupOp[] {
  return [
    rootfsOp(rootfs),
    ...spec.mounts.map(mountOp),
    ...spec.linux.devices.map(deviceOp),
    ...deviceLinks(),
    ...Object.entries(spec.linux.sysctl).map(([key, value]): SetupOp => ({
      op: 'sysctl',
      key: key.replaceAll('.', '/'),
      value,
    })),
    ...spec.linux.readonlyPaths.map((target): SetupOp => ({ op: 'readonlyPath', target })),
    ...spec.linux.maskedPaths.map((target): SetupOp => ({ op: 'mask', target })),
    ...(spec.root.readonly ? [{ op: 'remountRoot', readonly: true } as const] : []),
  ];
}

function rootfsOp(rootfs: RootfsMount): SetupOp {
  if (rootfs.kind === 'bind') return { ...bindDefaults, source: rootfs.source, target: '', recursive: false };
  const { lowerdirs, upperdir, workdir } = rootfs;
  return { op: 'overlay', lowerdirs, upperdir, workdir, target: '', options: [] };
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

/** As the shim is told it. */
export function mountOp(mount: OciMount): SetupOp {
  const { flags, propagation, data } = parseMountOptions(mount.options);
  const { source, type, destination: target } = mount;
  if ((flags & MS.BIND) === 0) return { op: 'mount', type, source, target, flags, data };
  return {
    op: 'bind',
    source,
    ...(mount.beneath === undefined ? {} : { beneath: mount.beneath }),
    target,
    recursive: (flags & MS.REC) !== 0,
    readonly: (flags & MS.RDONLY) !== 0,
    nosuid: (flags & MS.NOSUID) !== 0,
    nodev: (flags & MS.NODEV) !== 0,
    noexec: (flags & MS.NOEXEC) !== 0,
    propagation: propagation ?? 'rprivate',
  };
}

const FILE_TYPES = { c: 0o020000, b: 0o060000, p: 0o010000 } as const;

function deviceOp(device: OciDevice): SetupOp {
  const { path: target, major, minor, uid, gid } = device;
  return { op: 'mknod', target, mode: FILE_TYPES[device.type] | device.fileMode, major, minor, uid, gid };
}

function deviceLinks(): SetupOp[] {
  return DEVICE_LINKS.map(([target, linkTo]) => ({ op: 'symlink', target, linkTo }));
}
