// npm's part of the set-up. Runs on whatever Node the machine has, before anything is installed.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkoutRoot, nodeModules, pinnedNode } from './paths.mjs';

const OLDEST_NODE = 20;

function packagesIn(path) {
  return JSON.parse(readFileSync(path, 'utf8')).packages;
}

function fitsThisMachine({ os, cpu, libc }) {
  const fits = (list, mine) => list === undefined || list.includes(mine);
  return fits(os, 'linux') && fits(cpu, process.arch) && fits(libc, 'glibc');
}

/** What npm installed (it writes that down) against what package-lock.json asks for; 3 ms. */
export function areModulesCurrent() {
  const installedPath = join(nodeModules, '.package-lock.json');
  if (pinnedNode() === undefined || !existsSync(installedPath)) return false;
  const installed = packagesIn(installedPath);
  return Object.entries(packagesIn(join(checkoutRoot, 'package-lock.json'))).every(([path, wanted]) => {
    if (path === '') return true;
    const found = installed[path];
    return found === undefined
      ? wanted.optional === true || !fitsThisMachine(wanted)
      : found.version === wanted.version;
  });
}

/** Installs the npm packages where they are missing or old. Throws where npm fails. */
export function installModules() {
  const major = Number.parseInt(process.versions.node, 10);
  if (major < OLDEST_NODE)
    throw new Error(`this needs Node ${OLDEST_NODE} or later to set itself up; here is ${process.version}`);
  if (areModulesCurrent()) return;
  process.stderr.write('Installing npm packages (npm ci) …\n');
  const args = ['ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund', '--loglevel=error'];
  const { status, error } = spawnSync('npm', args, { cwd: checkoutRoot, stdio: ['ignore', 2, 2] });
  if (error !== undefined) throw new Error(`cannot run npm: ${error.message}`, { cause: error });
  if (status !== 0) throw new Error(`npm ci in ${checkoutRoot} failed with status ${status}`);
  if (pinnedNode() === undefined)
    throw new Error(
      `npm installed no node-linux-${process.arch}: only linux on x64 and arm64 with glibc is supported`,
    );
}

/** Runs a script on the pinned Node with this terminal. @returns {number} its exit status */
export function runPinned(script, args) {
  const { status, error } = spawnSync(pinnedNode(), [join(checkoutRoot, script), ...args], {
    stdio: 'inherit',
  });
  if (error !== undefined) throw error;
  return status ?? 1;
}

/** Whether this process already runs on the Node that package.json pins, or a later one. */
export function isModernNode() {
  return Number.parseInt(process.versions.node, 10) >= 24;
}
