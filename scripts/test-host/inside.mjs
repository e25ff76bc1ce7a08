// The second half of a test host: runs inside its namespaces, furnishes them, runs the command, and tells what it left.
import { execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { constants } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { leftovers, snapshot } from '../../test/support/leak-check.ts';
import { amendSummary, failure } from '../test/summary.mjs';
import { mountedHierarchies } from './cgroups.mjs';

const TEMP = '/run/tmp';
const run = (command, ...args) => execFileSync(command, args, { stdio: ['ignore', 'ignore', 'inherit'] });

function mountTmpfs(target, options = 'mode=755') {
  mkdirSync(target, { recursive: true });
  run('mount', '-t', 'tmpfs', '-o', options, 'tmpfs', target);
}

/** Symbolic links beside the hierarchies, as `cpu -> cpu,cpuacct`. */
function linksIn(directory) {
  if (!existsSync(directory)) return [];
  const names = readdirSync(directory).filter((name) => lstatSync(join(directory, name)).isSymbolicLink());
  return names.map((name) => ({ path: join(directory, name), target: readlinkSync(join(directory, name)) }));
}

/** /sys again, since the old one shows the links of the machine; and cgroups again, seen from our own namespace. */
function remountSys() {
  const hierarchies = mountedHierarchies();
  const top = '/sys/fs/cgroup';
  const links = linksIn(top);
  run('mount', '-t', 'sysfs', 'sysfs', '/sys');
  if (hierarchies.some(({ mountPoint }) => dirname(mountPoint) === top)) mountTmpfs(top);
  for (const { type, mountPoint, options } of hierarchies) {
    mkdirSync(mountPoint, { recursive: true });
    run('mount', '-t', type, ...(options === '' ? [] : ['-o', options]), 'cgroup', mountPoint);
  }
  for (const { path, target } of links) if (!existsSync(path)) symlinkSync(target, path);
  delegateV2(hierarchies);
}

/** Our own processes are in a leaf already. */
function delegateV2(hierarchies) {
  const unified = hierarchies.find(({ type }) => type === 'cgroup2');
  if (unified === undefined) return;
  const { mountPoint } = unified;
  const controllers = readFileSync(join(mountPoint, 'cgroup.controllers'), 'utf8').trim();
  writeFileSync(join(mountPoint, 'cgroup.subtree_control'), controllers.replaceAll(/\S+/g, '+$&'));
}

/** Empty state directories. /var/lib is covered by an overlay, so that no directory has to be made on the machine. */
function privateDirectories() {
  mountTmpfs('/run');
  for (const name of ['gantry', 'netns', 'lock']) mkdirSync(join('/run', name));
  mountEmpty(TEMP, 0o1777);
  mountTmpfs('/run/overlay');
  mkdirSync('/run/overlay/upper');
  mkdirSync('/run/overlay/work');
  run(
    'mount',
    '-t',
    'overlay',
    '-o',
    'lowerdir=/var/lib,upperdir=/run/overlay/upper,workdir=/run/overlay/work',
    'overlay',
    '/var/lib',
  );
  mountEmpty('/var/lib/gantry', 0o711);
}

/** An empty directory in memory, or on the disk where GANTRY_TEST_DISK names a directory there. */
function mountEmpty(target, mode) {
  const disk = process.env.GANTRY_TEST_DISK ?? '';
  if (disk === '') return mountTmpfs(target, `mode=${mode.toString(8)}`);
  const source = mkdtempSync(join(disk, `${basename(target)}-`));
  chmodSync(source, mode);
  mkdirSync(target, { recursive: true });
  run('mount', '--bind', source, target);
}

/** An uplink to a namespace that plays the rest of the world. */
function network() {
  const ip = (...args) => run('ip', ...args);
  const there = (...args) => ip('-n', 'outside', ...args);
  ip('link', 'set', 'lo', 'up');
  ip('netns', 'add', 'outside');
  ip('link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', 'outside');
  ip('address', 'add', '198.51.100.2/24', 'dev', 'eth0');
  ip('link', 'set', 'eth0', 'up');
  there('link', 'set', 'lo', 'up');
  there('address', 'add', '198.51.100.1/24', 'dev', 'eth0');
  there('address', 'add', '203.0.113.1/32', 'dev', 'lo');
  there('link', 'set', 'eth0', 'up');
  ip('route', 'add', 'default', 'via', '198.51.100.1');
}

const environment = {
  ...process.env,
  TMPDIR: TEMP,
  GANTRY_TEST_HOST: '1',
  GANTRY_CGROUP_PARENT: '/gantry',
  GANTRY_TEST_OUTSIDE: '/run/netns/outside',
};

async function main(command) {
  process.umask(0o022);
  privateDirectories();
  remountSys();
  network();
  // What the leak check looks at is what the command sees.
  Object.assign(process.env, environment);
  const before = snapshot();
  const child = spawn(command[0], command.slice(1), { stdio: 'inherit', env: environment });
  process.on('SIGINT', () => undefined);
  const status = await new Promise((resolve) => {
    child.on('error', (error) => {
      process.stderr.write(`test host: ${error.message}\n`);
      resolve(127);
    });
    child.on('close', (code, signal) => resolve(code ?? 128 + (constants.signals[signal] ?? 0)));
  });
  const left = await leftovers(before);
  for (const line of left) process.stderr.write(`test host: left behind: ${line}\n`);
  if (left.length === 0 || process.env.GANTRY_TEST_HOST_CHECK !== '1') return status;
  amendSummary(process.env.GANTRY_TEST_SUMMARY, failure('left behind', left.join('\n')));
  return Math.max(status, 1);
}

process.exitCode = await main(process.argv.slice(2));
