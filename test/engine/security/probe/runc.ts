// runc with the config.json that dockerd 28 hands to it for `docker run --network none` (moby: daemon/pkg/oci/defaults.go,
// daemon/oci_linux.go), written down here and not taken from our own sources, except for the seccomp profile.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { arch, release } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_PROFILE } from '../../../../src/engine/security/default-profile.ts';
import type { ProfileCondition } from '../../../../src/engine/security/seccomp-profile.ts';

export interface RuncOptions {
  readonly args: readonly string[];
  readonly env: readonly string[];
  /** CAP_ names; Docker's 14 by default. */
  readonly capabilities?: readonly string[];
  readonly privileged?: boolean;
  readonly readonlyRootfs?: boolean;
  readonly user?: { readonly uid: number; readonly gid: number };
}

/** Ours are not used here: what is wrong with them would then be no difference. */
const CAPABILITIES = [
  'CAP_CHOWN',
  'CAP_DAC_OVERRIDE',
  'CAP_FSETID',
  'CAP_FOWNER',
  'CAP_MKNOD',
  'CAP_NET_RAW',
  'CAP_SETGID',
  'CAP_SETUID',
  'CAP_SETFCAP',
  'CAP_SETPCAP',
  'CAP_NET_BIND_SERVICE',
  'CAP_SYS_CHROOT',
  'CAP_KILL',
  'CAP_AUDIT_WRITE',
];

export const DOCKER_CAPABILITIES: readonly string[] = CAPABILITIES;

const MASKED = [
  '/proc/acpi',
  '/proc/asound',
  '/proc/interrupts',
  '/proc/kcore',
  '/proc/keys',
  '/proc/latency_stats',
  '/proc/sched_debug',
  '/proc/scsi',
  '/proc/timer_list',
  '/proc/timer_stats',
  '/sys/devices/virtual/powercap',
  '/sys/firmware',
];

const READONLY = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'];

const mount = (destination: string, type: string, options: readonly string[]) => ({
  destination,
  type,
  source: destination === '/dev/shm' ? 'shm' : type,
  options,
});

function mounts(options: RuncOptions, files: string) {
  const access = options.privileged === true ? 'rw' : 'ro';
  const safe = ['nosuid', 'noexec', 'nodev'];
  const etc = ['resolv.conf', 'hostname', 'hosts'].map((name) => ({
    destination: `/etc/${name}`,
    type: 'bind',
    source: join(files, name),
    options: ['rbind', 'rprivate', ...(options.readonlyRootfs === true ? ['ro'] : [])],
  }));
  return [
    mount('/proc', 'proc', safe),
    mount('/dev', 'tmpfs', ['nosuid', 'strictatime', 'mode=755', 'size=65536k']),
    mount('/dev/pts', 'devpts', ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620', 'gid=5']),
    mount('/sys', 'sysfs', [...safe, access]),
    mount('/sys/fs/cgroup', 'cgroup', [access, ...safe]),
    mount('/dev/mqueue', 'mqueue', safe),
    mount('/dev/shm', 'tmpfs', [...safe, 'mode=1777', 'size=67108864']),
    ...etc,
  ];
}

const device = (allow: boolean, major: number, minor: number) => ({
  allow,
  type: 'c',
  major,
  minor,
  access: 'rwm',
});

const DEVICES = [
  { allow: false, access: 'rwm' },
  ...[
    [1, 5],
    [1, 3],
    [1, 9],
    [1, 8],
    [5, 0],
    [5, 1],
  ].map(([major = 0, minor = 0]) => device(true, major, minor)),
  device(false, 10, 229),
];

function spec(options: RuncOptions, files: string) {
  const capabilities = options.capabilities ?? CAPABILITIES;
  const { user = { uid: 0, gid: 0 }, privileged = false } = options;
  // Docker gives the effective and permitted sets to root only.
  const held = user.uid === 0 ? capabilities : [];
  return {
    ociVersion: '1.0.2',
    process: {
      terminal: false,
      user: { ...user, additionalGids: [user.gid] },
      args: options.args,
      env: [
        `PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
        'HOSTNAME=probe',
        ...options.env,
      ],
      cwd: '/',
      capabilities: {
        bounding: capabilities,
        effective: held,
        permitted: held,
        inheritable: [],
        ambient: [],
      },
      noNewPrivileges: false,
      oomScoreAdj: 0,
    },
    root: { path: 'rootfs', readonly: options.readonlyRootfs === true },
    hostname: 'probe',
    mounts: mounts(options, files),
    linux: {
      namespaces: ['mount', 'network', 'uts', 'pid', 'ipc', 'cgroup'].map((type) => ({ type })),
      cgroupsPath: `/runc-probe-${process.pid}`,
      sysctl: { 'net.ipv4.ip_unprivileged_port_start': '0', 'net.ipv4.ping_group_range': '0 2147483647' },
      resources: { devices: privileged ? [{ allow: true, access: 'rwm' }] : DEVICES },
      devices: [],
      ...(privileged ? {} : { seccomp: seccomp(capabilities), maskedPaths: MASKED, readonlyPaths: READONLY }),
    },
  };
}

/** As dockerd resolves a profile's conditions (moby: profiles/seccomp/seccomp_linux.go), into the OCI form. */
function seccomp(capabilities: readonly string[]) {
  const architecture = arch() === 'arm64' ? 'arm64' : 'amd64';
  const meets = ({ caps, arches, minKernel }: ProfileCondition): boolean[] => [
    ...(caps ?? []).map((name) => capabilities.includes(name)),
    ...(arches === undefined ? [] : [arches.includes(architecture)]),
    ...(minKernel === undefined ? [] : [Number.parseFloat(release()) >= Number.parseFloat(minKernel)]),
  ];
  return {
    defaultAction: DEFAULT_PROFILE.defaultAction,
    defaultErrnoRet: DEFAULT_PROFILE.defaultErrnoRet,
    architectures: ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86', 'SCMP_ARCH_X32'],
    syscalls: DEFAULT_PROFILE.syscalls
      .filter(
        ({ includes = {}, excludes = {} }) =>
          meets(includes).every(Boolean) && !meets(excludes).some(Boolean),
      )
      .map(({ names, action, errnoRet, args }) => ({
        names,
        action,
        ...(errnoRet === undefined ? {} : { errnoRet }),
        args: (args ?? []).map(({ index, op, value, valueTwo = 0n }) => ({
          index,
          op,
          value: Number(value),
          valueTwo: Number(valueTwo),
        })),
      })),
  };
}

export interface RuncContainer extends Disposable {
  /** Runs the container to its end. @returns its output */
  run(): string;
  /** Starts it, execs into it. @returns the exec's output */
  exec(process: { readonly args: readonly string[]; readonly env: readonly string[] }): string;
}

let count = 0;

/** The rootfs is an overlay over `lower`, as dockerd mounts it. */
export function runcContainer(directory: string, lower: string, options: RuncOptions): RuncContainer {
  const undo = new DisposableStack();
  const id = `probe-${process.pid}-${(count += 1)}`;
  const bundle = join(directory, id);
  for (const name of ['rootfs', 'upper', 'work', 'files', 'state'])
    mkdirSync(join(bundle, name), { recursive: true });
  for (const name of ['resolv.conf', 'hostname', 'hosts']) writeFileSync(join(bundle, 'files', name), '#\n');
  const data = `lowerdir=${lower},upperdir=${join(bundle, 'upper')},workdir=${join(bundle, 'work')}`;
  execFileSync('mount', ['-t', 'overlay', '-o', data, 'overlay', join(bundle, 'rootfs')]);
  undo.defer(() => void execFileSync('umount', [join(bundle, 'rootfs')]));
  writeFileSync(join(bundle, 'config.json'), JSON.stringify(spec(options, join(bundle, 'files'))));
  const runc = (...args: string[]): string =>
    execFileSync('sh', ['-c', PIPED, 'sh', 'runc', '--root', join(bundle, 'state'), ...args], {
      encoding: 'utf8',
      maxBuffer: 16 << 20,
      timeout: 120_000,
    });
  // Detached, the container has the stdio that we give, as with containerd's shim: /dev/null and a pipe, which ends with it.
  return {
    run: () => {
      undo.defer(() => void runc('delete', '--force', id));
      return runc('run', '--detach', '--bundle', bundle, id);
    },
    exec: ({ args, env }) => {
      undo.defer(() => void runc('delete', '--force', id));
      execFileSync('runc', ['--root', join(bundle, 'state'), 'run', '--detach', '--bundle', bundle, id], {
        stdio: 'ignore',
      });
      return runc('exec', '--detach', ...env.flatMap((entry) => ['--env', entry]), id, ...args);
    },
    [Symbol.dispose]: () => undo.dispose(),
  };
}

/** Node's own pipes are sockets. What runc says of a failure comes with the output, which is no probe's then. */
const PIPED = '"$@" </dev/null 2>&1 | cat';
