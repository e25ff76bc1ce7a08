// The disk that the machine boots from: a minimal Debian with systemd, and the kernel's modules.
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { SUPERFLUOUS } from '../../../test/support/debian-image.ts';
import { suite } from '../debian-root.mjs';
import { writeInitrd } from './initrd.mjs';

/** What a machine is made of, what gantry loads, and what the tests call. */
const PACKAGES =
  'systemd systemd-sysv dbus udev kmod libnftables1 libseccomp2 busybox-static iproute2 nftables procps libcap2-bin strace apparmor attr e2fsprogs gdb-minimal';
/** Room for what tests write; the file on this machine stays sparse. */
const SIZE = '3G';
const LIMIT_MS = 600_000;
/** It mounts /proc in the new root, and packages may start something: neither is the machine's business. */
const APART = ['unshare', '--mount', '--propagation=private', '--pid', '--fork', '--kill-child', '--'];
const FURNITURE = fileURLToPath(new URL('../../../test/vm/root', import.meta.url));

/**
 * Makes disk and initrd where nothing in the cache was made of the same things; what was made of others is removed.
 * @param {string} cache a directory
 * @param {import('./kernel.mjs').Kernel} kernel
 * @returns {Promise<{ disk: string, initrd: string }>}
 */
export async function makeRootDisk(cache, kernel) {
  const directory = join(cache, `root-${keyOf(kernel)}`);
  const made = { disk: join(directory, 'disk'), initrd: join(directory, 'initrd') };
  if (existsSync(directory)) return made;
  process.stderr.write(`Making a Debian ${suite()} with ${kernel.release} for the virtual machine …\n`);
  for (const old of readdirSync(cache).filter((name) => name.startsWith('root-')))
    rmSync(join(cache, old), { recursive: true, force: true });
  const next = `${directory}.next`;
  const root = join(next, 'root');
  mkdirSync(root, { recursive: true });
  await installInto(root);
  await furnish(root, kernel);
  writeInitrd(join(next, 'initrd'), join(root, 'lib/modules', kernel.release));
  await makeDisk(join(next, 'disk'), root, SIZE);
  rmSync(root, { recursive: true });
  renameSync(next, directory);
  return made;
}

/**
 * An ext4 image of a directory; nothing is mounted for it.
 * @param {string} path of the image @param {string} directory @param {string} size as mke2fs(8) has it
 */
export async function makeDisk(path, directory, size) {
  // No journal: the image is thrown away after a run. Inodes for many small files.
  const options = ['-q', '-t', 'ext4', '-O', '^has_journal', '-i', '8192', '-E', 'root_owner=0:0'];
  await execa('mke2fs', [...options, '-d', directory, path, size], { stdin: 'ignore', timeout: LIMIT_MS });
}

function keyOf(kernel) {
  const hash = createHash('sha256').update(
    JSON.stringify([suite(), PACKAGES, SUPERFLUOUS, kernel.release, SIZE]),
  );
  for (const path of [fileURLToPath(import.meta.url), ...furniture()]) hash.update(readFileSync(path));
  return hash.digest('hex').slice(0, 12);
}

function furniture() {
  return readdirSync(FURNITURE, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
}

async function installInto(root) {
  const options = ['--variant=minbase', `--include=${PACKAGES.replaceAll(' ', ',')}`];
  const command = [...APART, 'debootstrap', ...options, suite(), root];
  const { failed, stdout, shortMessage } = await execa(command[0], command.slice(1), {
    stdin: 'ignore',
    reject: false,
    timeout: LIMIT_MS,
  });
  if (failed) throw new Error(`${stdout.split('\n').slice(-3).join('\n')}\n${shortMessage}`);
}

async function furnish(root, kernel) {
  for (const path of SUPERFLUOUS) rmSync(join(root, path), { recursive: true, force: true });
  cpSync(kernel.modules, join(root, 'lib/modules'), { recursive: true });
  await execa('chroot', [root, 'depmod', '-a', kernel.release], { stdin: 'ignore' });
  cpSync(FURNITURE, root, { recursive: true });
  writeFileSync(join(root, 'etc/hostname'), 'machine\n');
  mkdirSync(join(root, 'gantry'));
}
