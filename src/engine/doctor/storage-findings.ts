import type { Finding } from '../api/system-types.ts';
import { missing, ok, warning } from './findings.ts';
import type { Probes } from './probes.ts';

/** f_type of statfs(2) of file systems on which overlayfs cannot have its upper directory. */
const NO_UPPER: ReadonlyMap<number, string> = new Map([
  [0x794c_7630, 'overlay'],
  [0x6969, 'nfs'],
  [0x6573_5546, 'fuse'],
  [0x4d44, 'vfat'],
  [0x0102_1997, '9p'],
  [0xff53_4d42, 'cifs'],
  [0xf15f, 'ecryptfs'],
]);
const TMPFS = 0x0102_1994;
const GIB = 2 ** 30;

export function storageFindings(probes: Probes): Finding[] {
  return [fileSystemFinding(probes), spaceFinding(probes), ...fileLimits(probes)];
}

function fileSystemFinding({ storage }: Probes): Finding {
  const subject = { name: 'file system', group: 'storage' } as const;
  const bad = NO_UPPER.get(storage.type);
  const elsewhere = 'choose a directory on ext4, xfs or btrfs with --root or GANTRY_ROOT';
  if (bad !== undefined)
    return warning(subject, `${storage.root} is on ${bad}: layers are copied (vfs)`, elsewhere);
  if (!storage.tellsEntryTypes)
    return warning(
      subject,
      `${storage.root}: no d_type, so layers are copied (vfs)`,
      `${elsewhere} (xfs: ftype=1)`,
    );
  if (storage.type === TMPFS)
    return warning(subject, `${storage.root} is in memory and gone after a boot`, elsewhere);
  return ok(subject, `${storage.root} can hold overlay layers`);
}

function spaceFinding({ storage }: Probes): Finding {
  const subject = { name: 'space', group: 'storage' } as const;
  const detail = `${(storage.freeBytes / GIB).toFixed(1)} GiB free in ${storage.existing}`;
  const remedy = 'gantry system prune, or choose another directory with --root';
  if (storage.freeBytes < GIB / 10) return missing(subject, detail, remedy);
  if (storage.freeBytes < 2 * GIB) return warning(subject, detail, remedy);
  // btrfs counts no inodes and reports 0.
  if (storage.freeFiles > 0 && storage.freeFiles < 20_000)
    return warning(subject, `${storage.freeFiles} inodes free in ${storage.existing}`, remedy);
  return ok(subject, detail);
}

/** A descriptor or two a container, and an inotify instance a dashboard. */
function fileLimits({ limits, inotifyInstances }: Probes): Finding[] {
  const hard = Number(/^Max open files\s+\d+\s+(\d+)/m.exec(limits)?.[1] ?? Number.POSITIVE_INFINITY);
  const instances = Number(inotifyInstances ?? Number.POSITIVE_INFINITY);
  const findings: Finding[] = [];
  if (hard < 4096)
    findings.push(warning({ name: 'open files', group: 'storage' }, `at most ${hard}`, 'ulimit -Hn 1048576'));
  if (instances < 64) {
    const subject = { name: 'inotify', group: 'storage' } as const;
    findings.push(warning(subject, `${instances} instances`, 'sysctl -w fs.inotify.max_user_instances=512'));
  }
  return findings;
}
