// A rootfs of one static busybox, a plan for it with Docker's usual mounts, and a container of it that cleans itself up.
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AttachOptions, type AttachedShim, attach } from '../../../src/native/shim/attach-client.ts';
import { readExitRecord } from '../../../src/native/shim/exit-record.ts';
import { type LaunchOptions, type LaunchedShim, launch } from '../../../src/native/shim/launcher.ts';
import type {
  CapabilityMasks,
  ExitRecord,
  ExitStatus,
  LaunchPlan,
  ProcessPlan,
  SetupOp,
  StdioPlan,
} from '../../../src/native/shim/protocol.ts';
import { CLONE, MS, closeFd, pidfdOpen } from '../../../src/native/syscalls.ts';
import { isErrno } from '../../../src/native/syscall-error.ts';
import { waitFor } from '../../support/wait-for.ts';

/** GANTRY_TEST_SHIM runs the same tests on the build with sanitizers. */
export const SHIM = process.env['GANTRY_TEST_SHIM'] ?? join(import.meta.dirname, '../../../dist/gantry-shim');

/** Docker's fourteen. */
export const DOCKER_CAPABILITIES = 0xa80425fbn;

const APPLETS = `sh ls cat echo id env sleep true false head tail yes dd wc tty stty kill ps mount grep readlink stat
  sed seq touch mkdir rm chmod hostname printf test awk nohup setsid nproc tr sync trap usleep sort`;

export interface Bench extends Disposable {
  readonly directory: string;
  readonly rootfs: string;
}

/** A directory with a rootfs in it. */
export function makeBench(): Bench {
  const directory = mkdtempSync(join(tmpdir(), 'gantry-shim-'));
  const rootfs = join(directory, 'rootfs');
  for (const name of ['bin', 'dev', 'proc', 'sys', 'etc', 'tmp', 'root'])
    mkdirSync(join(rootfs, name), { recursive: true });
  copyFileSync('/bin/busybox', join(rootfs, 'bin/busybox'));
  for (const applet of APPLETS.split(/\s+/)) symlinkSync('busybox', join(rootfs, 'bin', applet));
  writeFileSync(
    join(rootfs, 'etc/passwd'),
    'root:x:0:0:root:/root:/bin/sh\nada:x:1000:1001:Ada:/home/ada:/bin/sh\n',
  );
  writeFileSync(join(rootfs, 'etc/group'), 'root:x:0:\nada:x:1001:\nwheel:x:10:root,ada\nvideo:x:44:ada\n');
  return {
    directory,
    rootfs,
    [Symbol.dispose]: () => {
      const reports = sanitizerReports(join(rootfs, 'tmp'), '/tmp');
      rmSync(directory, { recursive: true, force: true });
      if (reports.length > 0) throw new Error(reports.join('\n'));
    },
  };
}

/** Left by the sanitized shim (c/test/sanitizer_options.c): on the host, or in the container by what happened inside. */
function sanitizerReports(...directories: readonly string[]): string[] {
  return directories.flatMap((directory) =>
    readdirSync(directory)
      .filter((name) => name.startsWith('gantry-sanitizer'))
      .map((name) => {
        const report = readFileSync(join(directory, name), 'utf8');
        rmSync(join(directory, name));
        return report;
      }),
  );
}

function mount(type: string, target: string, [flags, data = '']: [number, string?]): SetupOp {
  return { op: 'mount', type, source: type, target, flags, data };
}

const RESTRICTED = MS.NOSUID | MS.NODEV | MS.NOEXEC;

function device(target: string, major: number, minor: number): SetupOp {
  return { op: 'mknod', target, mode: 0o020666, major, minor, uid: 0, gid: 0 };
}

export const DOCKER_SETUP: readonly SetupOp[] = [
  mount('proc', '/proc', [RESTRICTED]),
  mount('tmpfs', '/dev', [MS.NOSUID | MS.STRICTATIME, 'mode=755,size=65536k']),
  mount('devpts', '/dev/pts', [MS.NOSUID | MS.NOEXEC, 'newinstance,ptmxmode=0666,mode=0620,gid=5']),
  mount('sysfs', '/sys', [RESTRICTED | MS.RDONLY]),
  mount('mqueue', '/dev/mqueue', [RESTRICTED]),
  mount('tmpfs', '/dev/shm', [RESTRICTED, 'mode=1777,size=65536k']),
  device('/dev/null', 1, 3),
  device('/dev/zero', 1, 5),
  device('/dev/full', 1, 7),
  device('/dev/random', 1, 8),
  device('/dev/urandom', 1, 9),
  device('/dev/tty', 5, 0),
  { op: 'symlink', target: '/dev/ptmx', linkTo: 'pts/ptmx' },
  { op: 'symlink', target: '/dev/fd', linkTo: '/proc/self/fd' },
  { op: 'symlink', target: '/dev/stdin', linkTo: '/proc/self/fd/0' },
  { op: 'symlink', target: '/dev/stdout', linkTo: '/proc/self/fd/1' },
  { op: 'symlink', target: '/dev/stderr', linkTo: '/proc/self/fd/2' },
  { op: 'mask', target: '/proc/kcore' },
  { op: 'mask', target: '/proc/keys' },
  { op: 'mask', target: '/proc/timer_list' },
  { op: 'mask', target: '/proc/scsi' },
  { op: 'mask', target: '/sys/firmware' },
  { op: 'mask', target: '/proc/not-here' },
  ...['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'].map((target): SetupOp => ({
    op: 'readonlyPath',
    target,
  })),
];

type Bind = Extract<SetupOp, { op: 'bind' }>;

export function bind(source: string, target: string, changes: Partial<Bind> = {}): Bind {
  return {
    op: 'bind',
    source,
    target,
    recursive: true,
    readonly: false,
    nosuid: false,
    nodev: false,
    noexec: false,
    propagation: 'rprivate',
    ...changes,
  };
}

export interface PlanChanges {
  readonly args?: readonly string[];
  readonly process?: Partial<ProcessPlan>;
  readonly stdio?: Partial<StdioPlan>;
  readonly setup?: readonly SetupOp[];
  readonly plan?: Partial<LaunchPlan>;
}

export const NEW_NAMESPACES =
  CLONE.NEWNS | CLONE.NEWPID | CLONE.NEWIPC | CLONE.NEWUTS | CLONE.NEWNET | CLONE.NEWCGROUP;

function capabilities(mask: bigint): CapabilityMasks {
  return { bounding: mask, effective: mask, permitted: mask, inheritable: 0n, ambient: 0n };
}

export function processPlan(args: readonly string[], changes: Partial<ProcessPlan> = {}): ProcessPlan {
  return {
    args,
    env: ['PATH=/bin'],
    cwd: '/',
    user: '',
    additionalGroups: [],
    umask: 0o022,
    capabilities: capabilities(DOCKER_CAPABILITIES),
    noNewPrivileges: false,
    rlimits: [],
    seccomp: new Uint8Array(),
    init: false,
    ...changes,
  };
}

const STDIO: StdioPlan = { terminal: false, rows: 0, cols: 0, openStdin: false, stdinOnce: false };

let count = 0;

/** Its run directory is made. */
export function containerPlan(bench: Bench, changes: PlanChanges = {}): LaunchPlan {
  count += 1;
  const runDir = join(bench.directory, `run${count}`);
  mkdirSync(runDir, { recursive: true });
  return {
    kind: 'container',
    id: `test${count}`,
    runDir,
    namespaces: { unshare: NEW_NAMESPACES, join: [], fromPidfd: 0 },
    cgroupProcs: [],
    hostname: 'box',
    rootfs: bench.rootfs,
    setup: changes.setup ?? DOCKER_SETUP,
    process: processPlan(changes.args ?? ['true'], changes.process),
    stdio: { ...STDIO, ...changes.stdio },
    log: { path: join(runDir, 'log'), maxBytes: 0, maxFiles: 1 },
    keepFds: 0,
    ...changes.plan,
  };
}

/** An exec into the container behind the pidfd. */
export function execPlan(bench: Bench, changes: PlanChanges = {}): LaunchPlan {
  const { log: _, hostname: __, ...plan } = containerPlan(bench, changes);
  return {
    ...plan,
    kind: 'exec',
    rootfs: '',
    setup: [],
    namespaces: { unshare: 0, join: [], fromPidfd: NEW_NAMESPACES },
    ...changes.plan,
  };
}

export interface Run {
  readonly plan: LaunchPlan;
  readonly shim: LaunchedShim;
  readonly client: AttachedShim;
  /** What has come so far. */
  stdout(): string;
  stderr(): string;
  /** Waits for the end. */
  readonly exit: Promise<ExitStatus | undefined>;
}

/** Created, attached, not started. */
export async function create(
  plan: LaunchPlan,
  options: { readonly attach?: AttachOptions; readonly launch?: Partial<LaunchOptions> } = {},
): Promise<Run> {
  const shim = await launch({ shimPath: SHIM, plan, ...options.launch });
  const output = { stdout: '', stderr: '' };
  const client = await attach(plan.runDir, {
    stdout: true,
    stderr: true,
    stdin: plan.stdio.openStdin,
    onOutput: (stream, data) => {
      output[stream] += data.toString('utf8');
    },
    ...options.attach,
  });
  return {
    plan,
    shim,
    client,
    stdout: () => output.stdout,
    stderr: () => output.stderr,
    exit: client.exit,
  };
}

/** Runs to the end. */
export async function run(
  plan: LaunchPlan,
  options: Parameters<typeof create>[1] = {},
): Promise<{ status: ExitStatus; stdout: string; stderr: string; record: ExitRecord }> {
  const started = await create(plan, options);
  started.shim.go();
  await started.shim.started;
  const status = await started.exit;
  if (status === undefined) throw new Error('the shim went away without an exit');
  await shimEnded(started.shim.shimPid);
  const record = readExitRecord(plan.runDir);
  if (record === undefined) throw new Error('no exit record');
  return { status, record, stdout: started.stdout(), stderr: started.stderr() };
}

export function isAlive(pid: number): boolean {
  try {
    // A zombie is dead: only nobody waited for it.
    return !/^State:\s*Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ESRCH')) return false;
    throw error;
  }
}

export async function shimEnded(pid: number): Promise<void> {
  await waitFor(() => !isAlive(pid), { reason: `process ${pid} ends` });
}

/** Log entries of the json-file. */
export function readLog(path: string): { log: string; stream: string; time: string }[] {
  if (!existsSync(path)) return [];
  const text = readFileSync(path, 'utf8');
  if (text !== '' && !text.endsWith('\n')) throw new Error(`half an entry at the end of ${path}`);
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as { log: string; stream: string; time: string });
}

export function withPidfd(pid: number): { readonly fd: number } & Disposable {
  const fd = pidfdOpen(pid);
  return { fd, [Symbol.dispose]: () => closeFd(fd) };
}

export const SIG = constants.signals;
