import { expect, test } from 'vitest';
import { cgroupMounts } from '../../../src/engine/cgroups/cgroup-mounts.ts';
import { hierarchyOf, layoutFrom, usedHierarchies } from '../../../src/engine/cgroups/layout.ts';

const line = (mountPoint: string, type: string, options: string) =>
  `30 25 0:27 / ${mountPoint} rw,nosuid - ${type} cgroup rw,${options}`;

const V1 = [
  line('/sys/fs/cgroup/cpu,cpuacct', 'cgroup', 'cpu,cpuacct'),
  line('/sys/fs/cgroup/memory', 'cgroup', 'memory'),
  line('/sys/fs/cgroup/freezer', 'cgroup', 'freezer'),
  line('/sys/fs/cgroup/systemd', 'cgroup', 'xattr,name=systemd'),
].join('\n');
const V2 = line('/sys/fs/cgroup', 'cgroup2', 'nsdelegate');
const UNIFIED = line('/sys/fs/cgroup/unified', 'cgroup2', 'nsdelegate');

const layout = (mountinfo: string, v2 = '', kernel = '6.1.0-18-amd64') =>
  layoutFrom({ mountinfo, v2Controllers: () => v2, kernel });

test('v2', () => {
  const found = layout(V2, 'cpuset cpu io memory hugetlb pids rdma');
  expect(found.kind).toBe('v2');
  expect(found.hierarchies).toHaveLength(1);
  expect(found.hierarchies[0]?.controllers.toSorted()).toEqual([
    'blkio',
    'cpu',
    'cpuacct',
    'cpuset',
    'devices',
    'freezer',
    'hugetlb',
    'memory',
    'pids',
  ]);
});

test('v1: a named hierarchy without controllers is none of ours', () => {
  const found = layout(V1);
  expect(found.kind).toBe('v1');
  expect(usedHierarchies(found).map(({ mountPoint }) => mountPoint)).toEqual([
    '/sys/fs/cgroup/cpu,cpuacct',
    '/sys/fs/cgroup/memory',
    '/sys/fs/cgroup/freezer',
  ]);
  expect(hierarchyOf(found, 'pids')).toBeUndefined();
});

test('hybrid: v1 where it has the controller, v2 for accounting and freezing', () => {
  const found = layout(`${V1}\n${UNIFIED}`);
  expect(found.kind).toBe('hybrid');
  expect(hierarchyOf(found, 'memory')?.version).toBe(1);
  expect(hierarchyOf(found, 'freezer')?.version).toBe(2);
  expect(hierarchyOf(found, 'cpuacct')?.version).toBe(2);
  expect(usedHierarchies(found).map(({ mountPoint }) => mountPoint)).not.toContain('/sys/fs/cgroup/freezer');
});

test('an old kernel freezes with v1', () => {
  expect(hierarchyOf(layout(`${V1}\n${UNIFIED}`, '', '5.1.0'), 'freezer')?.version).toBe(1);
});

test('a second mount of a hierarchy changes nothing; octal escapes in paths are read', () => {
  const twice = layout(`${line(String.raw`/my\040cgroups`, 'cgroup2', 'x')}\n${V2}`, 'memory');
  expect(twice.hierarchies.map(({ mountPoint }) => mountPoint)).toEqual(['/my cgroups']);
});

test('what the container sees', () => {
  const options = { path: '/gantry/abc', privileged: false, cgroupns: 'private' } as const;
  expect(cgroupMounts({ ...options, layout: layout(V2, 'memory') })).toEqual([
    {
      destination: '/sys/fs/cgroup',
      type: 'cgroup2',
      source: 'cgroup',
      options: ['nosuid', 'noexec', 'nodev', 'ro'],
    },
  ]);
  const hybrid = cgroupMounts({ ...options, layout: layout(`${V1}\n${UNIFIED}`) });
  expect(hybrid.map(({ destination, type }) => `${type} ${destination}`)).toEqual([
    'tmpfs /sys/fs/cgroup',
    'cgroup /sys/fs/cgroup/cpu,cpuacct',
    'cgroup /sys/fs/cgroup/memory',
    'tmpfs /sys/fs/cgroup',
  ]);
  const host = cgroupMounts({ ...options, cgroupns: 'host', layout: layout(V1) });
  expect(host.map(({ source }) => source)).toContain('/sys/fs/cgroup/memory/gantry/abc');
});
