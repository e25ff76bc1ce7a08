// Whether containers can have user namespaces, and images and volumes be shown with their ids.
import { isAtLeast } from '../../native/kernel-release.ts';
import type { Finding } from '../api/system-types.ts';
import { DEFAULT_SIZE } from '../userns/mode.ts';
import { ok, type Subject, warning } from './findings.ts';
import type { Probes } from './probes.ts';

/** f_type of statfs(2), name, and the release from which on FS_ALLOW_IDMAP is set (the histories of fs/<name>/super.c). */
const IDMAPPED: ReadonlyMap<number, readonly [name: string, since: string]> = new Map([
  [0xef53, ['ext4', '5.12']],
  [0x5846_5342, ['xfs', '5.12']],
  [0x9123_683e, ['btrfs', '5.15']],
  [0xf2f5_2010, ['f2fs', '5.18']],
  [0x0102_1994, ['tmpfs', '6.3']],
]);
/** overlayfs over idmapped layers. */
const OVERLAY_SINCE = '5.19';

export function usernsFindings(probes: Probes): Finding[] {
  return [mapsFinding(probes), poolFinding(probes)];
}

function mapsFinding({ release, storage }: Probes): Finding {
  const subject: Subject = { name: 'mapped owners', group: 'storage' };
  const remedy =
    'for --userns: choose a directory on ext4, xfs or btrfs with --root, and Linux 5.19 or later';
  const [name, since] = IDMAPPED.get(storage.type) ?? [];
  if (!isAtLeast(release, OVERLAY_SINCE))
    return warning(subject, `overlayfs takes idmapped layers from Linux ${OVERLAY_SINCE} on`, remedy);
  if (name === undefined || since === undefined)
    return warning(
      subject,
      `the file system of ${storage.existing} is not known to have idmapped mounts`,
      remedy,
    );
  if (!isAtLeast(release, since))
    return warning(subject, `${name} has idmapped mounts from Linux ${since} on`, remedy);
  return ok(subject, `${name} and overlayfs show layers and volumes with the ids of containers`);
}

function poolFinding({ idPool }: Probes): Finding {
  const subject: Subject = { name: 'ids for user namespaces', group: 'permission' };
  if ('error' in idPool)
    return warning(subject, idPool.error, 'unset GANTRY_USERNS_POOL, or set it to START:COUNT');
  const room = Math.floor(idPool.count / DEFAULT_SIZE);
  const detail = `${idPool.origin}: room for ${room} containers with --userns auto`;
  if (room > 0) return ok(subject, detail);
  const line = `gantry:1000000:${16 * DEFAULT_SIZE}`;
  return warning(subject, detail, `echo ${line} | tee -a /etc/subuid /etc/subgid`);
}
