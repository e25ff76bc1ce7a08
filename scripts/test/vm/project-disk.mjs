// The disks with the built project: the checkout without what only its making needs, and node_modules.
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { checkoutRoot, nodeModules } from '../../setup/paths.mjs';
import { makeDisk } from './root-disk.mjs';

const CONFIGURATION = ['package.json', 'vitest.config.ts', 'tsconfig.json', 'tsconfig.base.json'];
const PARTS = ['bin', 'dist', 'scripts', 'src', 'test', 'build/programs', ...CONFIGURATION];
/** The image of system containers. */
export const SYSTEM_IMAGE = 'build/system-oci';

/**
 * Changes with every edit, so it is made for each run: 9 MB, and the image.
 * @param {string} cache @param {string} systemImage an OCI layout @returns {Promise<string>} its path
 */
export async function makeProjectDisk(cache, systemImage) {
  const staging = join(cache, 'project');
  const disk = join(cache, 'project-disk');
  for (const old of [staging, disk]) rmSync(old, { recursive: true, force: true });
  mkdirSync(join(staging, 'node_modules'), { recursive: true });
  for (const part of PARTS.filter((name) => existsSync(join(checkoutRoot, name))))
    cpSync(join(checkoutRoot, part), join(staging, part), { recursive: true, verbatimSymlinks: true });
  cpSync(systemImage, join(staging, SYSTEM_IMAGE), { recursive: true });
  await makeDisk(disk, staging, '512M');
  rmSync(staging, { recursive: true });
  return disk;
}

/** As large as node_modules and half; made again when npm installed something else. */
export async function makeModulesDisk(cache) {
  const installed = readFileSync(join(nodeModules, '.package-lock.json'));
  const disk = join(cache, `modules-${createHash('sha256').update(installed).digest('hex').slice(0, 12)}`);
  if (existsSync(disk)) return disk;
  for (const old of readdirSync(cache).filter((name) => name.startsWith('modules-')))
    rmSync(join(cache, old));
  await makeDisk(`${disk}.next`, nodeModules, '900M');
  renameSync(`${disk}.next`, disk);
  return disk;
}
