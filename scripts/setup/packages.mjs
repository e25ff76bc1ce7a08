// Debian packages: which are missing, and apt-get for them.
import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';

function isOnPath(program) {
  // Debian keeps administration programs out of the PATH of ordinary users.
  const directories = [...(process.env.PATH ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin'];
  return directories.some((directory) => {
    try {
      accessSync(join(directory, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Where the dynamic loader and the linker look on Debian, and where other systems keep 64 bit libraries. */
function libraryDirectories() {
  const triplet = process.arch === 'arm64' ? 'aarch64-linux-gnu' : 'x86_64-linux-gnu';
  return [
    `/usr/lib/${triplet}`,
    `/lib/${triplet}`,
    '/usr/lib64',
    '/lib64',
    '/usr/local/lib',
    '/usr/lib',
    '/lib',
  ];
}

const hasLibrary = (name) => libraryDirectories().some((directory) => existsSync(join(directory, name)));

/** @typedef {{ package: string, isThere: () => boolean, isOptional?: boolean }} Requirement */
const program = (name, debianPackage = name) => ({ package: debianPackage, isThere: () => isOnPath(name) });
const library = (name, debianPackage) => ({ package: debianPackage, isThere: () => hasLibrary(name) });

/** What a running gantry loads. @type {Requirement[]} */
export const TO_RUN = [
  library('libnftables.so.1', 'libnftables1'),
  library('libseccomp.so.2', 'libseccomp2'),
];

/** What compiling the shim needs. @type {Requirement[]} */
export const TO_BUILD = [
  program('cc', 'gcc'),
  program('make'),
  { package: 'libc6-dev', isThere: () => hasLibrary('libc.a') && existsSync('/usr/include/stdio.h') },
  { package: 'linux-libc-dev', isThere: () => existsSync('/usr/include/linux/mount.h') },
  // The shim starts quicker and is smaller with musl, and works without.
  { ...program('musl-gcc', 'musl-tools'), isOptional: true },
];

/** What the tests and the benchmark compare with or talk to. @type {Requirement[]} */
export const TO_TEST = [
  { package: 'busybox-static', isThere: () => existsSync('/usr/share/doc/busybox-static') },
  program('docker-registry'),
  program('skopeo'),
  program('nft', 'nftables'),
  program('runc'),
  program('crun'),
  program('umoci'),
  program('debootstrap'),
  ...(process.arch === 'x64' ? [program('qemu-system-x86_64', 'qemu-system-x86')] : []),
  program('mke2fs', 'e2fsprogs'),
  program('ip', 'iproute2'),
  program('tmux'),
  program('strace'),
  program('jq'),
  program('capsh', 'libcap2-bin'),
  program('setfattr', 'attr'),
  program('openssl'),
  {
    package: 'ca-certificates',
    isThere: () =>
      existsSync('/usr/share/ca-certificates') && readdirSync('/usr/share/ca-certificates').length > 0,
  },
];

/** @param {readonly Requirement[]} requirements @returns {string[]} the Debian packages that are missing */
export function missingPackages(requirements) {
  return requirements.filter(({ isThere }) => !isThere()).map((requirement) => requirement.package);
}

/** Installs Debian packages when root, after saying so; otherwise throws with the command that would. */
export async function installPackages(requirements) {
  const isRoot = process.getuid?.() === 0;
  const missing = missingPackages(requirements.filter(({ isOptional }) => isRoot || isOptional !== true));
  if (missing.length === 0) return;
  const command = `apt-get install -y --no-install-recommends ${missing.join(' ')}`;
  if (!isOnPath('apt-get'))
    throw new Error(
      `missing: ${missing.join(', ')} (Debian's names); install what your distribution calls them`,
    );
  if (!isRoot) throw new Error(`missing system packages; run: sudo ${command}`);
  process.stderr.write(`Installing system packages that are missing: ${missing.join(' ')}\n`);
  const { execa } = await import('execa');
  const options = {
    stdin: 'ignore',
    stdout: process.stderr,
    stderr: 'inherit',
    env: { DEBIAN_FRONTEND: 'noninteractive' },
  };
  const install = () =>
    execa('apt-get', ['install', '-y', '-q', '--no-install-recommends', ...missing], options);
  try {
    await install();
  } catch {
    // The lists of a fresh machine are empty or old.
    await execa('apt-get', ['update', '-q'], options);
    await install();
  }
}
