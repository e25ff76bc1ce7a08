// What the doctor looks at, as plain data: each field is what a file, a system call or a trial said.
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  fstatSync,
  openSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  statfsSync,
} from 'node:fs';
import { release } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { LibraryMissingError, openLibrary } from '../../native/ffi.ts';
import { NEW_SYSCALLS, type NewSyscall, hasSyscall, tellsEntryTypes } from '../../native/kernel-features.ts';
import { isAtLeast } from '../../native/kernel-release.ts';
import { cgroupMountinfo } from '../../native/cgroup-mountinfo.ts';
import { parseMountinfo } from '../../native/mountinfo.ts';
import { EngineError } from '../api/errors.ts';
import { type IdRun, readPool } from '../userns/id-pool.ts';
import { type NetworkTrials, tryNetwork } from './network-trial.ts';

export interface ProbeOptions {
  /** The data directory is examined whether or not it exists yet. */
  readonly paths: { readonly root: string };
  /** Where the shim should be. */
  readonly shimPath: string;
  /** Rules of other programs that would stop our traffic, from the network room. */
  readonly foreignBlocks?: () => readonly string[];
}

/** undefined where a file does not exist on this machine. */
export interface Probes {
  readonly release: string;
  readonly architecture: string;
  readonly uid: number;
  /** CapEff of /proc/self/status, as it stands there. */
  readonly effectiveCapabilities: string;
  /** `/` is not the root of its mount namespace, as far as can be seen from here. */
  readonly isInChroot: boolean;
  /** Names below /proc/self/ns. */
  readonly namespaces: readonly string[];
  readonly maxUserNamespaces: string | undefined;
  /** Where ids of containers come from, and how many there are for users and for groups at least. */
  readonly idPool: { readonly origin: string; readonly count: number } | { readonly error: string };
  /** The calls that the kernel lacks. */
  readonly missingSyscalls: readonly NewSyscall[];
  /** /proc/filesystems. */
  readonly fileSystems: string;
  /** Kernel modules that can be loaded, as modules.dep and modules.builtin list them. */
  readonly loadableModules: string;
  readonly mountinfo: string;
  /** cgroup.controllers at the root of the version 2 hierarchy. */
  readonly v2Controllers: string | undefined;
  readonly hasCgroupKill: boolean;
  /** Whether systemd runs this machine, and whether we could ask it for a unit. */
  readonly systemd: 'no' | 'without systemd-run' | 'yes';
  readonly seccompActions: string | undefined;
  readonly hasPressure: boolean;
  readonly libraries: Readonly<Record<'nftables' | 'seccomp', 'found' | { readonly error: string }>>;
  readonly network: NetworkTrials;
  readonly ipForward: string | undefined;
  readonly foreignBlocks: readonly string[];
  readonly limits: string;
  readonly inotifyInstances: string | undefined;
  readonly storage: StorageProbe;
  readonly shim: { readonly path: string; readonly isExecutable: boolean };
  readonly hasCompiler: boolean;
}

export interface StorageProbe {
  readonly root: string;
  /** The nearest directory above it that exists. */
  readonly existing: string;
  /** f_type of statfs(2). */
  readonly type: number;
  readonly freeBytes: number;
  readonly freeFiles: number;
  readonly tellsEntryTypes: boolean;
}

/** Looks at everything. */
export function probe(options: ProbeOptions): Probes {
  const isRoot = process.geteuid?.() === 0;
  return {
    ...probeProcess(),
    ...probeKernel(),
    ...probeCgroups(),
    libraries: { nftables: tryLibrary('nftables'), seccomp: tryLibrary('seccomp') },
    network: tryNetwork(isRoot),
    ipForward: readTrimmed('/proc/sys/net/ipv4/ip_forward'),
    foreignBlocks: (isRoot ? options.foreignBlocks?.() : undefined) ?? [],
    storage: probeStorage(options.paths.root),
    idPool: probeIdPool(options.paths.root),
    shim: { path: options.shimPath, isExecutable: isExecutable(options.shimPath) },
    hasCompiler: ['cc', 'make'].every(isOnPath),
  };
}

function probeProcess() {
  return {
    uid: process.geteuid?.() ?? -1,
    effectiveCapabilities: /^CapEff:\s*([0-9a-f]+)$/m.exec(read('/proc/self/status') ?? '')?.[1] ?? '0',
    isInChroot: probeChroot(),
    limits: read('/proc/self/limits') ?? '',
  };
}

/** A directory and the mount that it is seen in: a bind mount shows the same one elsewhere. */
function identify(directory: string): string {
  const fd = openSync(directory, 'r');
  try {
    const mount = /^mnt_id:\s*(\d+)$/m.exec(read(`/proc/self/fdinfo/${fd}`) ?? '')?.[1] ?? '';
    return `${mount}:${fstatSync(fd).ino}`;
  } finally {
    closeSync(fd);
  }
}

/** Compared with process 1 where that has the same mounts, since it is in no chroot. The shim looks again, and closer. */
function probeChroot(): boolean {
  const mounts = parseMountinfo(read('/proc/self/mountinfo') ?? '');
  if (!mounts.some(({ target }) => target === '/')) return true;
  try {
    if (readlinkSync('/proc/self/ns/mnt') !== readlinkSync('/proc/1/ns/mnt')) return false;
    return identify('/proc/1/root/') !== identify('/');
  } catch {
    return false; // who may not look at process 1 may not start containers either, and is told of that
  }
}

function probeKernel() {
  return {
    release: release(),
    architecture: process.arch,
    namespaces: existsSync('/proc/self/ns') ? readdirSync('/proc/self/ns') : [],
    maxUserNamespaces: readTrimmed('/proc/sys/user/max_user_namespaces'),
    missingSyscalls: NEW_SYSCALLS.filter((name) => !hasSyscall(name)),
    fileSystems: read('/proc/filesystems') ?? '',
    loadableModules: readModules(),
    seccompActions: readTrimmed('/proc/sys/kernel/seccomp/actions_avail'),
    hasPressure: read('/proc/pressure/cpu') !== undefined,
    inotifyInstances: readTrimmed('/proc/sys/fs/inotify/max_user_instances'),
  };
}

function probeCgroups() {
  return {
    mountinfo: existsSync('/proc/self/mountinfo') ? cgroupMountinfo() : '',
    v2Controllers: readV2('cgroup.controllers'),
    hasCgroupKill: isAtLeast(release(), '5.14'),
    systemd: probeSystemd(),
  };
}

function probeSystemd(): Probes['systemd'] {
  if (!existsSync('/run/systemd/system') || readTrimmed('/proc/1/comm') !== 'systemd') return 'no';
  return isOnPath('systemd-run') ? 'yes' : 'without systemd-run';
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined; // what cannot be read is not there for us; the findings say so
  }
}

function probeIdPool(root: string): Probes['idPool'] {
  try {
    const { uids, gids, origin } = readPool(root);
    const count = (runs: readonly IdRun[]): number => runs.reduce((sum, run) => sum + run.count, 0);
    return { origin, count: Math.min(count(uids), count(gids)) };
  } catch (error) {
    if (error instanceof EngineError) return { error: error.message };
    throw error;
  }
}

function readTrimmed(path: string): string | undefined {
  return read(path)?.trim();
}

function readV2(name: string): string | undefined {
  return readTrimmed(join('/sys/fs/cgroup', name)) ?? readTrimmed(join('/sys/fs/cgroup/unified', name));
}

function readModules(): string {
  const directory = join('/lib/modules', release());
  return ['modules.builtin', 'modules.dep'].map((name) => read(join(directory, name)) ?? '').join('\n');
}

function tryLibrary(library: 'nftables' | 'seccomp'): 'found' | { error: string } {
  try {
    openLibrary(library);
    return 'found';
  } catch (error) {
    if (error instanceof LibraryMissingError) return { error: error.message };
    throw error;
  }
}

function probeStorage(root: string): StorageProbe {
  // Somebody who is not root may not look into it; what is above it will do.
  let existing = root;
  while (!isReadable(existing)) existing = dirname(existing);
  const { type, bavail, bsize, ffree } = statfsSync(existing);
  return {
    root,
    existing,
    type,
    freeBytes: bavail * bsize,
    freeFiles: ffree,
    tellsEntryTypes: tellsEntryTypes(existing),
  };
}

const isExecutable = (path: string): boolean => isAccessible(path, constants.X_OK);
const isReadable = (path: string): boolean => isAccessible(path, constants.R_OK);

function isAccessible(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}

function isOnPath(program: string): boolean {
  return (process.env['PATH'] ?? '')
    .split(delimiter)
    .some((directory) => isExecutable(join(directory, program)));
}
