// Gating of tests that need something of the machine. A missing need skips the test with the reason in its name; a need
// that SYSTEM_TESTS promises (`SYSTEM_TESTS=root,netns,nft`) and that is missing fails it, so that a run which was
// meant to prove something cannot turn green by skipping.
import { execFileSync } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type TestContext, test } from 'vitest';
import { SLOWNESS } from './wait-for.ts';

function hasProgram(name: string): boolean {
  const directories = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  return directories.some((directory) => isExecutable(join(directory, name)));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** Nothing that touches links, mounts, nftables or cgroups may run outside a test host: there it would touch the real ones. */
const isTestHost = () => process.env['GANTRY_TEST_HOST'] === '1' && process.geteuid?.() === 0;

function answers(command: string, ...args: string[]): boolean {
  try {
    execFileSync(command, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** The controller, and pages to try it with. */
function hasHugePages(): boolean {
  const text = (path: string) => (existsSync(path) ? readFileSync(path, 'utf8') : '');
  const free = Number(text('/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages'));
  const isV2 = ['', 'unified'].some((mount) =>
    /\bhugetlb\b/.test(text(join('/sys/fs/cgroup', mount, 'cgroup.controllers'))),
  );
  return free >= 4 && (isV2 || existsSync('/sys/fs/cgroup/hugetlb'));
}

/** Each need with the question whether this machine has it. */
const PROBES = {
  root: isTestHost,
  netns: () => isTestHost() && existsSync('/run/netns/outside') && hasProgram('ip'),
  overlay: () => isTestHost() && /\boverlay$/m.test(readFileSync('/proc/filesystems', 'utf8')),
  nft: () => isTestHost() && answers('nft', 'list', 'tables'),
  cgroup: () => isTestHost() && process.env['GANTRY_CGROUP_PARENT'] !== undefined,
  cgroup2: () => isTestHost() && existsSync('/sys/fs/cgroup/cgroup.controllers'),
  hugetlb: () => isTestHost() && hasHugePages(),
  loop: () => isTestHost() && existsSync('/dev/loop-control') && hasProgram('losetup'),
  apparmor: () =>
    isTestHost() &&
    existsSync('/sys/module/apparmor/parameters/enabled') &&
    readFileSync('/sys/module/apparmor/parameters/enabled', 'utf8').startsWith('Y') &&
    hasProgram('apparmor_parser'),
  /** It runs the machine, and this is no namespace of it. */
  systemd: () => isTestHost() && existsSync('/run/systemd/system'),
  seccomp: () => existsSync('/proc/sys/kernel/seccomp/actions_avail'),
  shim: () => isExecutable(join(import.meta.dirname, '../../dist/gantry-shim')),
  bundle: () => existsSync(join(import.meta.dirname, '../../dist/main.js')),
  busybox: () => isExecutable('/bin/busybox'),
  registry: () => hasProgram('docker-registry') && hasProgram('skopeo'),
  umoci: () => hasProgram('umoci'),
  debootstrap: () => isTestHost() && hasProgram('debootstrap'),
  debianSystem: () => isTestHost() && existsSync(process.env['GANTRY_TEST_DEBIAN_SYSTEM'] ?? ''),
  debian: () => isTestHost() && existsSync(process.env['GANTRY_TEST_DEBIAN'] ?? ''),
  tmux: () => hasProgram('tmux'),
  strace: () => hasProgram('strace'),
  runc: () => hasProgram('runc'),
  cc: () => hasProgram('cc'),
  /** Those of compile.ts: a compiler, or what one made for this run. */
  programs: () => hasProgram('cc') || process.env['GANTRY_TEST_PROGRAMS'] === '1',
} as const satisfies Record<string, () => boolean>;

export type Need = keyof typeof PROBES;

const answered = new Map<Need, boolean>();

/** Whether this machine has it; asked once a process. */
export function has(need: Need): boolean {
  const known = answered.get(need) ?? PROBES[need]();
  answered.set(need, known);
  return known;
}

function isPromised(need: Need): boolean {
  return (process.env['SYSTEM_TESTS'] ?? '').split(',').includes(need);
}

type SystemTest = (
  name: string,
  body: (context: TestContext) => void | Promise<void>,
  timeoutMs?: number,
) => void;

/**
 * A test that runs where all needs are met: `systemTest('root', 'netns')('moves a link', async () => { … })`.
 * Skips where one is missing, and fails where one is missing that SYSTEM_TESTS promises.
 */
export function systemTest(...needs: readonly Need[]): SystemTest {
  const missing = needs.filter((need) => !has(need));
  const broken = missing.filter(isPromised);
  if (missing.length === 0)
    return (name, body, timeoutMs) => {
      test(name, timeoutMs === undefined ? {} : { timeout: timeoutMs * SLOWNESS }, body);
    };
  if (broken.length === 0)
    return (name, body) => {
      test.skip(`${name} (this machine lacks ${missing.join(', ')})`, body);
    };
  return (name) => {
    test(name, () => {
      throw new Error(`SYSTEM_TESTS promises ${broken.join(', ')}, but this machine does not have it`);
    });
  };
}
