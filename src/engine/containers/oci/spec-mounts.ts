// What is mounted in a container, in order: Docker's own mounts, the cgroups, the files below /etc, the user's. Pure.
import type { BindIdmap, IdMaps, IdRange } from '../../../native/shim/protocol.ts';
import { defaultMounts } from '../../security/defaults.ts';
import type { ContainerMount, ContainerRecord } from '../container.ts';
import { bindIdmap } from '../mounts/mount-owners.ts';
import type { OciIdMapping, OciMount } from './oci-spec.ts';
import { systemMounts } from './system-container.ts';

export interface MountContext {
  /** The files that are bound over /etc/hosts, /etc/hostname and /etc/resolv.conf. */
  readonly filesDir: string;
  /** Mounts at /sys/fs/cgroup, as the machine's layout wants them. */
  readonly cgroupMounts: readonly OciMount[];
  /** A new sysfs and mqueue can be mounted: false where another user namespace owns what they would show. */
  readonly freshSysfs: boolean;
  readonly freshMqueue: boolean;
  /** /dev/shm of the host or of another container (`/proc/<pid>/root/dev/shm`), bound in place of one of its own. */
  readonly sharedShm: string | undefined;
}

export function mountsFor(record: ContainerRecord, context: MountContext): OciMount[] {
  const { hostConfig } = record;
  // moby: with --read-only all of ours but what programs cannot do without: /proc and what lies in /dev.
  const privileged = hostConfig.Privileged === true && hostConfig.ReadonlyRootfs !== true;
  const own = [
    ...defaultMounts({ ...context, shmBytes: hostConfig.ShmSize, privileged, shm: shmFor(record, context) }),
    ...context.cgroupMounts,
    ...systemMounts(record),
  ];
  const kept = own
    .filter(({ destination }) => !isCovered(destination, record.mounts))
    .map((mount) => withKnownGroup(record, mount));
  return [
    ...kept,
    ...fileMounts(record, context.filesDir),
    ...byDepth(record.mounts).map((mount) => userMount(record, mount)),
  ];
}

/** The kernel refuses a devpts whose group (tty) a small user namespace does not have. */
function withKnownGroup({ userns }: ContainerRecord, mount: OciMount): OciMount {
  if (mount.type !== 'devpts' || userns === undefined) return mount;
  const knows = (gid: number): boolean =>
    userns.maps.gids.some(({ inside, count }) => gid >= inside && gid < inside + count);
  const group = mount.options.find((option) => option.startsWith('gid='));
  if (group === undefined || knows(Number(group.slice('gid='.length)))) return mount;
  return { ...mount, options: mount.options.filter((option) => option !== group) };
}

function shmFor({ hostConfig }: ContainerRecord, { sharedShm }: MountContext): string | undefined {
  return hostConfig.IpcMode === 'none' ? undefined : (sharedShm ?? 'own');
}

/** moby's withMounts: the user's mount takes the place of ours, and one on /dev of all that we would put below. */
function isCovered(destination: string, mounts: readonly ContainerMount[]): boolean {
  return mounts.some(
    ({ Destination: taken }) =>
      taken === destination || (WHOLE.includes(taken) && destination.startsWith(`${taken}/`)),
  );
}

/** With what lies below: a directory that comes from elsewhere gets nothing of ours. */
const WHOLE = ['/dev', '/sys', '/sys/fs/cgroup'];

const ETC_FILES = ['resolv.conf', 'hostname', 'hosts'] as const;

/** A user's own mount on one of the files wins. */
function fileMounts(record: ContainerRecord, filesDir: string): OciMount[] {
  const access = record.hostConfig.ReadonlyRootfs === true ? ['ro'] : [];
  const taken = new Set(record.mounts.map((mount) => mount.Destination));
  return ETC_FILES.filter((name) => !taken.has(`/etc/${name}`)).map((name) => ({
    destination: `/etc/${name}`,
    type: 'bind',
    source: `${filesDir}/${name}`,
    options: ['rbind', 'rprivate', ...access, ...(record.userns === undefined ? [] : ['idmap'])],
  }));
}

/** Parents before what lies in them; otherwise as the user wrote them. */
function byDepth(mounts: readonly ContainerMount[]): ContainerMount[] {
  const depth = (mount: ContainerMount): number => mount.Destination.split('/').filter(Boolean).length;
  return [...mounts].sort((a, b) => depth(a) - depth(b));
}

/** As config.json has it. */
export function userMount(record: Pick<ContainerRecord, 'userns'>, mount: ContainerMount): OciMount {
  const access = mount.RW ? 'rw' : 'ro';
  if (mount.Type === 'tmpfs') {
    const options = mount.options === '' ? [] : mount.options.split(',');
    return {
      destination: mount.Destination,
      type: 'tmpfs',
      source: 'tmpfs',
      options: ['nosuid', 'nodev', 'noexec', ...options, ...(mount.RW ? [] : ['ro'])],
    };
  }
  const idmap = bindIdmap(record, mount);
  return {
    destination: mount.Destination,
    type: 'bind',
    source: mount.Source,
    ...(mount.beneath === undefined ? {} : { beneath: mount.beneath }),
    options: [
      mount.recursive ? 'rbind' : 'bind',
      access,
      mount.Propagation === '' ? 'rprivate' : mount.Propagation,
      ...idmapOptions(idmap),
    ],
    ...(typeof idmap === 'object' ? ociMappings(idmap) : {}),
  };
}

/** `U` is podman's word; no OCI runtime knows it. */
function idmapOptions(idmap: BindIdmap | undefined): string[] {
  if (idmap === undefined) return [];
  return typeof idmap === 'object' && idmap.ownedByUser ? ['idmap', 'U'] : ['idmap'];
}

export function ociMappings({ uids, gids }: IdMaps): {
  readonly uidMappings: OciIdMapping[];
  readonly gidMappings: OciIdMapping[];
} {
  const mapping = ({ inside, outside, count }: IdRange): OciIdMapping => ({
    containerID: inside,
    hostID: outside,
    size: count,
  });
  return { uidMappings: uids.map(mapping), gidMappings: gids.map(mapping) };
}
