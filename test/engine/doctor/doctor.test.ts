import { expect, test } from 'vitest';
import { judge } from '../../../src/engine/doctor/doctor.ts';
import type { Probes } from '../../../src/engine/doctor/probes.ts';
import { isAtLeast } from '../../../src/native/kernel-release.ts';

/** Recorded on a Debian 12 with the hybrid layout, as root without CAP_SYS_RESOURCE; shortened. */
const HYBRID_MOUNTS = [
  '23 19 0:21 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755',
  '24 23 0:22 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu',
  '25 23 0:23 / /sys/fs/cgroup/cpuacct rw,relatime - cgroup cgroup rw,cpuacct',
  '26 23 0:24 / /sys/fs/cgroup/cpuset rw,relatime - cgroup cgroup rw,cpuset',
  '27 23 0:25 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory',
  '28 23 0:26 / /sys/fs/cgroup/devices rw,relatime - cgroup cgroup rw,devices',
  '29 23 0:27 / /sys/fs/cgroup/freezer rw,relatime - cgroup cgroup rw,freezer',
  '30 23 0:28 / /sys/fs/cgroup/blkio rw,relatime - cgroup cgroup rw,blkio',
  '31 23 0:29 / /sys/fs/cgroup/pids rw,relatime - cgroup cgroup rw,pids',
  '32 23 0:30 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,name=systemd',
  '33 23 0:31 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw',
].join('\n');
const UNIFIED_MOUNTS = '23 19 0:21 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate';

const healthy: Probes = {
  release: '6.18.44',
  architecture: 'x64',
  uid: 0,
  effectiveCapabilities: '000001ffffffffff',
  isInChroot: false,
  namespaces: ['cgroup', 'ipc', 'mnt', 'net', 'pid', 'time', 'user', 'uts'],
  maxUserNamespaces: '95980',
  idPool: { origin: 'the built-in pool', count: 268_304_384 },
  missingSyscalls: [],
  fileSystems:
    'nodev\tsysfs\nnodev\ttmpfs\nnodev\tproc\nnodev\tdevpts\nnodev\tmqueue\n\text4\nnodev\toverlay\n',
  loadableModules: '',
  mountinfo: HYBRID_MOUNTS,
  v2Controllers: '',
  hasCgroupKill: true,
  systemd: 'no',
  seccompActions: 'kill_process kill_thread trap errno user_notif trace log allow',
  hasPressure: true,
  libraries: { nftables: 'found', seccomp: 'found' },
  network: { bridge: 'works', veth: 'works', nat: 'works', rate: 'works' },
  ipForward: '0',
  foreignBlocks: [],
  limits: 'Max open files            1024                 1048576              files     \n',
  inotifyInstances: '128',
  storage: {
    root: '/var/lib/gantry',
    existing: '/var/lib',
    type: 0xef53,
    freeBytes: 80 * 2 ** 30,
    freeFiles: 1_000_000,
    tellsEntryTypes: true,
  },
  shim: { path: '/opt/gantry/dist/gantry-shim', isExecutable: true },
  hasCompiler: true,
};

function complaints(changes: Partial<Probes>): string[] {
  return judge({ ...healthy, ...changes })
    .filter(({ state }) => state !== 'ok')
    .map(({ state, name, detail }) => `${state} ${name}: ${detail}`);
}

test('a healthy machine has nothing but good findings', () => {
  expect(complaints({})).toEqual([]);
  expect(judge(healthy).length).toBeGreaterThan(15);
});

test('whatever is not ok says what mends it, and what is ok does not', () => {
  const sick = judge({
    ...healthy,
    uid: 1000,
    effectiveCapabilities: '0',
    mountinfo: '',
    fileSystems: '',
    missingSyscalls: ['clone3', 'fsopen'],
    namespaces: [],
    libraries: { nftables: { error: 'cannot load libnftables.so.1' }, seccomp: 'found' },
    shim: { path: '/nowhere', isExecutable: false },
  });
  expect(sick.filter(({ state, remedy }) => (state === 'ok') !== (remedy === undefined))).toEqual([]);
  expect(sick.filter(({ state }) => state === 'missing').length).toBeGreaterThan(8);
});

test.each<[string, Partial<Probes>, string[]]>([
  ['an ordinary user', { uid: 1000 }, ['missing root: runs as user 1000']],
  [
    'a chroot',
    { isInChroot: true },
    ['missing root directory: a chroot, out of which containers could get: they are refused'],
  ],
  [
    'a root without CAP_SYS_RESOURCE',
    { effectiveCapabilities: '000001fffeffffff' },
    ['warning CAP_SYS_RESOURCE: missing: limits of containers cannot be raised above ours; they are clamped'],
  ],
  [
    'a root in a container',
    { effectiveCapabilities: '00000000a80425fb' },
    [
      'missing capabilities: without CAP_NET_ADMIN, CAP_SYS_ADMIN',
      'warning CAP_SYS_PTRACE: missing: namespaces of processes of other users cannot be joined',
      'warning CAP_SYS_RESOURCE: missing: limits of containers cannot be raised above ours; they are clamped',
    ],
  ],
  [
    'an old kernel',
    { release: '5.10.0-28-amd64', missingSyscalls: ['mount_setattr'] },
    [
      'warning kernel: Linux 5.10.0-28-amd64 on x64',
      'warning mount_setattr: not there: read-only binds are not recursive',
      'warning mapped owners: overlayfs takes idmapped layers from Linux 5.19 on',
    ],
  ],
  [
    'a kernel too old',
    { release: '4.19.0', missingSyscalls: ['clone3'] },
    [
      'missing kernel: Linux 4.19.0 on x64',
      'missing clone3: the kernel or a seccomp filter refuses it',
      'warning mapped owners: overlayfs takes idmapped layers from Linux 5.19 on',
    ],
  ],
  [
    'idmapped mounts of tmpfs before Linux 6.3',
    { release: '6.1.0', storage: { ...healthy.storage, type: 0x0102_1994 } },
    [
      'warning file system: /var/lib/gantry is in memory and gone after a boot',
      'warning mapped owners: tmpfs has idmapped mounts from Linux 6.3 on',
    ],
  ],
  [
    'too few ids for a container',
    { idPool: { origin: '/etc/subuid and /etc/subgid of root', count: 1000 } },
    [
      'warning ids for user namespaces: /etc/subuid and /etc/subgid of root: room for 0 containers with --userns auto',
    ],
  ],
  [
    'a pool that is none',
    { idPool: { error: 'GANTRY_USERNS_POOL is "x" and must be START:COUNT' } },
    ['warning ids for user namespaces: GANTRY_USERNS_POOL is "x" and must be START:COUNT'],
  ],
  ['no user namespaces', { maxUserNamespaces: '0' }, ['warning user namespaces: switched off']],
  [
    'no overlay',
    { fileSystems: healthy.fileSystems.replace('nodev\toverlay\n', '') },
    ['warning overlay: not there: layers are copied (vfs), which is slow and large'],
  ],
  [
    'overlay as a module that is not loaded',
    {
      fileSystems: healthy.fileSystems.replace('nodev\toverlay\n', ''),
      loadableModules: 'kernel/fs/overlayfs/overlay.ko.xz:',
    },
    [],
  ],
  ['the unified layout', { mountinfo: UNIFIED_MOUNTS, v2Controllers: 'cpuset cpu io memory pids' }, []],
  [
    'version 2 without the memory controller',
    { mountinfo: UNIFIED_MOUNTS, v2Controllers: 'cpuset cpu io pids' },
    ['warning cgroup memory: not there: memory is neither limited nor counted'],
  ],
  [
    'systemd with version 1',
    { systemd: 'yes' },
    [
      'warning cgroup driver: cgroupfs: with cgroup version 1 a container ends with the service or session that started it',
    ],
  ],
  [
    'no way to ask systemd',
    { systemd: 'without systemd-run', mountinfo: UNIFIED_MOUNTS, v2Controllers: 'cpuset cpu io memory pids' },
    ['missing cgroup driver: systemd runs this machine, but there is no systemd-run'],
  ],
  ['no cgroups at all', { mountinfo: '' }, ['missing cgroups: no controller is mounted']],
  [
    'no NAT in the kernel',
    {
      network: {
        ...healthy.network,
        nat: { error: 'nftables: Could not process rule: No such file or directory' },
      },
    },
    ['missing nftables NAT: nftables: Could not process rule: No such file or directory'],
  ],
  [
    'no token bucket filter',
    {
      network: {
        ...healthy.network,
        rate: { error: 'set token bucket filter (sch_tbf) of link #1: no such file or directory (ENOENT)' },
      },
    },
    [
      'warning sch_tbf: network rates cannot be limited: set token bucket filter (sch_tbf) of link #1: no such file or directory (ENOENT)',
    ],
  ],
  [
    'a firewall of others',
    { foreignBlocks: ['iptables FORWARD has policy drop; iptables -P FORWARD ACCEPT'] },
    ['warning foreign firewall: iptables FORWARD has policy drop'],
  ],
  [
    'data on overlay',
    { storage: { ...healthy.storage, type: 0x794c_7630 } },
    [
      'warning file system: /var/lib/gantry is on overlay: layers are copied (vfs)',
      'warning mapped owners: the file system of /var/lib is not known to have idmapped mounts',
    ],
  ],
  [
    'a full disk',
    { storage: { ...healthy.storage, freeBytes: 10 * 2 ** 20 } },
    ['missing space: 0.0 GiB free in /var/lib'],
  ],
  [
    'no shim and no compiler',
    { shim: { path: '/x/gantry-shim', isExecutable: false }, hasCompiler: false },
    ['missing shim: /x/gantry-shim is not there'],
  ],
])('%s', (_, changes, expected) => {
  expect(complaints(changes)).toEqual(expected);
});

test.each([
  ['6.18.44', '6.5', true],
  ['6.4.0-rc1', '6.5', false],
  ['5.10.0-28-amd64', '5.10', true],
  ['10.0', '6.5', true],
])('kernel %s is at least %s: %s', (release, wanted, expected) => {
  expect(isAtLeast(release, wanted)).toBe(expected);
});
