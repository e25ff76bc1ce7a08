// Debian's kernel for virtual machines, taken out of its package: nothing is installed on the machine that tests.
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';

/** Depends on the newest kernel of the release. */
const META_PACKAGE = 'linux-image-cloud-amd64';
const LIMIT_MS = 180_000;

/**
 * @typedef {{ release: string, image: string, modules: string }} Kernel
 *   image: vmlinuz; modules: the directory lib/modules of the package
 */

/** @param {string} cache a directory; what is in it already is used @returns {Promise<Kernel>} */
export async function fetchKernel(cache) {
  const name = await newestKernel();
  const directory = join(cache, name);
  if (!existsSync(directory)) await unpack(name, directory);
  const release = readdirSync(join(directory, 'lib/modules'))[0];
  return {
    release,
    image: join(directory, `boot/vmlinuz-${release}`),
    modules: join(directory, 'lib/modules'),
  };
}

async function newestKernel() {
  const known = await dependency();
  if (known !== undefined) return known;
  // The lists of a fresh machine are empty.
  await execa('apt-get', ['update', '-q'], { stdin: 'ignore', stdout: process.stderr, timeout: LIMIT_MS });
  const name = await dependency();
  if (name === undefined) throw new Error(`apt knows no package ${META_PACKAGE}`);
  return name;
}

async function dependency() {
  const { stdout } = await execa('apt-cache', ['depends', META_PACKAGE], { reject: false, stderr: 'ignore' });
  return /Depends: (\S+)/.exec(stdout)?.[1];
}

async function unpack(name, directory) {
  process.stderr.write(`Fetching ${name} …\n`);
  const next = `${directory}.next`;
  rmSync(next, { recursive: true, force: true });
  mkdirSync(next, { recursive: true });
  // As root, since apt's own user cannot write into the checkout; it would say so in a warning.
  const options = ['-q', '-o', 'APT::Sandbox::User=root'];
  await execa('apt-get', [...options, 'download', name], { cwd: next, stdin: 'ignore', timeout: LIMIT_MS });
  const archive = readdirSync(next).find((file) => file.endsWith('.deb'));
  if (archive === undefined) throw new Error(`apt-get download ${name} left no package`);
  await execa('dpkg-deb', ['-x', join(next, archive), next]);
  rmSync(join(next, archive));
  renameSync(next, directory);
}
