// The packages of a minimal Debian, for an image that the project did not make. Fetched with the machine's own network,
// before the tests are shut into a test host that has none; unpacked there.
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { SYSTEM_PACKAGES } from '../../test/support/debian-image.ts';

/** Debian's name of this release; `stable` on other systems. */
export function suite() {
  const release = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '';
  return /^ID=debian$/m.test(release)
    ? (/^VERSION_CODENAME=(\w+)$/m.exec(release)?.[1] ?? 'stable')
    : 'stable';
}

/**
 * @param {string} cache a directory
 * @param {'minbase' | 'system'} flavour
 * @returns {Promise<string | undefined>} the tarball for `debootstrap --unpack-tarball`
 */
export async function fetchDebianPackages(cache, flavour = 'minbase') {
  const isSystem = flavour === 'system';
  const tarball = join(cache, `debian-${suite()}${isSystem ? '-system' : ''}.tgz`);
  if (existsSync(tarball)) return tarball;
  mkdirSync(cache, { recursive: true });
  process.stderr.write(`Fetching the packages of a minimal Debian${isSystem ? ' with systemd' : ''} …\n`);
  const next = `${tarball}.next`;
  const target = join(cache, 'debootstrap');
  const result = await execa(
    'debootstrap',
    [
      '--variant=minbase',
      ...(isSystem ? [`--include=${SYSTEM_PACKAGES.join(',')}`] : []),
      `--make-tarball=${next}`,
      suite(),
      target,
    ],
    {
      stdin: 'ignore',
      reject: false,
      timeout: 300_000,
    },
  );
  rmSync(target, { recursive: true, force: true });
  if (result.failed) {
    process.stderr.write(`${result.stdout.split('\n').slice(-3).join('\n')}\n${result.shortMessage}\n`);
    return undefined;
  }
  renameSync(next, tarball);
  return tarball;
}
