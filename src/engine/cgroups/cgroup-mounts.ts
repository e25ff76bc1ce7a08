// What /sys/fs/cgroup is in a container. Pure.
import { basename, join } from 'node:path';
import type { Mount } from '../../native/mount.ts';
import type { CgroupLayout, Hierarchy } from './cgroup.ts';
import { usedHierarchies } from './layout.ts';

export interface CgroupMountOptions {
  readonly layout: CgroupLayout;
  /** Of the container's cgroup, from the hierarchies' roots. */
  readonly path: string;
  /** Writable. */
  readonly privileged: boolean;
  /** HostConfig.CgroupnsMode: with `private` the container's cgroup is the root that it sees. */
  readonly cgroupns: 'private' | 'host';
  /** The v2 tree alone, writable, whatever else there is: the container divides it itself. */
  readonly delegated?: boolean;
}

const TOP = '/sys/fs/cgroup';
const SAFE = ['nosuid', 'noexec', 'nodev'];

/** To be carried out in order, after /sys, in the new cgroup namespace and with the process in its cgroup. */
export function cgroupMounts(options: CgroupMountOptions): Mount[] {
  const { layout, privileged, delegated } = options;
  if (delegated === true)
    return [{ destination: TOP, type: 'cgroup2', source: 'cgroup', options: [...SAFE, 'rw'] }];
  const access = privileged ? 'rw' : 'ro';
  const used = usedHierarchies(layout);
  if (layout.kind === 'none') return [];
  if (layout.kind === 'v2')
    return [{ destination: TOP, type: 'cgroup2', source: 'cgroup', options: [...SAFE, access] }];

  const v1 = used.filter(({ version }) => version === 1);
  return [
    { destination: TOP, type: 'tmpfs', source: 'tmpfs', options: [...SAFE, 'mode=755'] },
    ...v1.map(({ mountPoint, controllers }): Mount => {
      const destination = join(TOP, basename(mountPoint));
      if (options.cgroupns === 'private')
        return { destination, type: 'cgroup', source: 'cgroup', options: [...SAFE, access, ...controllers] };
      const source = join(mountPoint, options.path);
      return { destination, type: 'bind', source, options: ['bind', ...SAFE, access] };
    }),
    // For an engine inside: freezing, time accounting and killing at once are the v2 tree's, as they are for us.
    ...(privileged && options.cgroupns === 'private' ? unified(used) : []),
    // Only now, since the mount points had to be made in it.
    ...(privileged
      ? []
      : [
          {
            destination: TOP,
            type: 'tmpfs',
            source: 'tmpfs',
            options: ['remount', ...SAFE, 'ro', 'mode=755'],
          },
        ]),
  ];
}

function unified(used: readonly Hierarchy[]): Mount[] {
  return used
    .filter(({ version }) => version === 2)
    .map(({ mountPoint }) => ({
      destination: join(TOP, basename(mountPoint)),
      type: 'cgroup2',
      source: 'cgroup',
      options: [...SAFE, 'rw'],
    }));
}
