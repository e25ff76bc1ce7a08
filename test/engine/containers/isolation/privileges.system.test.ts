// What a container's processes may do and see: capabilities, seccomp, masks, read-only trees. All read from inside.
import { existsSync, readdirSync, readFileSync, readlinkSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { HostConfig } from '../../../../src/engine/api/container-request.ts';
import { isolationTest, openCells } from '../../../support/cells.ts';
import { exec } from '../../../support/engine-fixture.ts';
import { tempDirectory } from '../../../support/temp-root.ts';

const { sh, running, refusal } = openCells();

const status = (name: string): string =>
  new RegExp(`^${name}:\\s*(\\S+)$`, 'm').exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '';
const held = BigInt(`0x${status('CapBnd')}`);
const DOCKER = 0xa80425fbn;
const NET_ADMIN = 1n << 12n;
const SYS_RESOURCE = 1n << 24n;

type CapabilitySet = 'Inh' | 'Prm' | 'Eff' | 'Bnd' | 'Amb';

async function capabilities(hostConfig: HostConfig, user = ''): Promise<Record<CapabilitySet, bigint>> {
  const { stdout } = await sh('grep ^Cap /proc/self/status', hostConfig, { User: user });
  const of = (name: CapabilitySet): bigint =>
    BigInt(`0x${new RegExp(`^Cap${name}:\\s*(\\S+)$`, 'm').exec(stdout)?.[1] ?? 'f'.repeat(17)}`);
  return { Inh: of('Inh'), Prm: of('Prm'), Eff: of('Eff'), Bnd: of('Bnd'), Amb: of('Amb') };
}

const exactly = (mask: bigint) => ({ Inh: 0n, Prm: mask, Eff: mask, Bnd: mask, Amb: 0n });

isolationTest('capabilities of root: docker’s fourteen, with and without', async () => {
  expect(await capabilities({})).toEqual(exactly(DOCKER));
  expect(await capabilities({ CapAdd: ['net_admin'], CapDrop: ['CAP_CHOWN'] })).toEqual(
    exactly((DOCKER | NET_ADMIN) & ~1n),
  );
  expect(await capabilities({ CapAdd: ['NET_ADMIN'], CapDrop: ['ALL'] })).toEqual(exactly(NET_ADMIN));
  expect(await capabilities({ CapDrop: ['ALL'] })).toEqual(exactly(0n));
});

isolationTest('ALL and --privileged give what this machine can give', async () => {
  expect(await capabilities({ CapAdd: ['ALL'] })).toEqual(exactly(held));
  expect(await capabilities({ CapAdd: ['ALL'], CapDrop: ['NET_ADMIN'] })).toEqual(exactly(held & ~NET_ADMIN));
  expect(await capabilities({ Privileged: true })).toEqual(exactly(held));
  // Docker: dropping does not hold for a privileged one.
  expect(await capabilities({ Privileged: true, CapDrop: ['NET_ADMIN'] })).toEqual(exactly(held));
});

isolationTest('another user has none, whatever is added: docker sets no ambient capabilities', async () => {
  for (const hostConfig of [{}, { CapAdd: ['NET_ADMIN'] }, { Privileged: true }]) {
    const { Bnd, ...sets } = await capabilities(hostConfig, '1000');
    expect(sets).toEqual({ Inh: 0n, Prm: 0n, Eff: 0n, Amb: 0n });
    expect(Bnd).not.toBe(0n);
  }
  expect((await capabilities({ CapAdd: ['NET_ADMIN'] }, '1000')).Bnd).toBe(DOCKER | NET_ADMIN);
});

isolationTest(
  'another user has none before the first program either: one that is closed to him does not start',
  async () => {
    const Binds = ['closed:/closed'];
    await sh(
      'mkdir -m 700 /closed/room; for f in /closed/id /closed/room/id; do cp /bin/busybox $f; chmod 700 $f; done',
      {
        Binds,
      },
    );
    await using one = await running({ Binds, Init: true }, { User: '1000' });
    for (const program of ['/closed/id', '/closed/room/id']) {
      expect(await refusal({ Binds }, { User: '1000', Cmd: [program] })).toContain('permission denied');
      await expect(exec(one.container, [program])).rejects.toThrow('permission denied');
      expect((await exec(one.container, [program, '-u'], { User: '0' })).stdout).toBe('0\n');
    }
    // With --init the first process is ours, and goes on without an execve.
    expect(await one.sh('grep -E "^Cap(Prm|Eff)" /proc/1/status | cut -f2 | xargs')).toBe(
      `${'0'.repeat(16)} ${'0'.repeat(16)}`,
    );
  },
);

isolationTest('an exec finds a privileged container whose processes have divided its cgroup', async () => {
  await using one = await running({ Privileged: true, CgroupnsMode: 'private' });
  // As an engine in it does, since with v2 a cgroup that hands controllers down holds no processes.
  const divide = [
    'cd /sys/fs/cgroup; [ -d unified ] && cd unified; mkdir leaf',
    'for pid in $(cat cgroup.procs); do echo $pid > leaf/cgroup.procs; done 2>/dev/null',
    'for name in $(cat cgroup.controllers); do echo +$name > cgroup.subtree_control || exit; done',
    'cat cgroup.controllers > /tmp/wanted; cat cgroup.subtree_control > /tmp/divided; cmp /tmp/wanted /tmp/divided',
  ].join('\n');
  expect(await one.sh(divide)).toBe('');
  expect(await one.sh('grep ^0:: /proc/self/cgroup')).toBe('0::/leaf');
});

isolationTest('what no capability is called is refused, and what cannot be given', async () => {
  expect(await refusal({ CapAdd: ['FLY'] })).toBe('invalid CapAdd: unknown capability: "CAP_FLY"');
  expect(await refusal({ CapDrop: ['CAP_FLY'] })).toBe('invalid CapDrop: unknown capability: "CAP_FLY"');
  expect(await refusal({ CapAdd: ['SYS_RESOURCE'] })).toBe(
    (held & SYS_RESOURCE) === 0n
      ? 'invalid CapAdd: capability not supported by your kernel or not available in the current environment: "CAP_SYS_RESOURCE"'
      : 'it started',
  );
  expect(await refusal({ CapDrop: ['SYS_RESOURCE'] })).toBe('it started');
});

isolationTest('no-new-privileges in each of its forms, for an exec as well', async () => {
  const forms = { 'no-new-privileges': '1', 'no-new-privileges:true': '1', 'no-new-privileges=false': '0' };
  for (const [option, expected] of Object.entries(forms)) {
    await using one = await running({ SecurityOpt: [option] });
    const show = 'grep NoNewPrivs: /proc/self/status /proc/1/status | cut -f2 | xargs';
    expect(await one.sh(show), option).toBe(`${expected} ${expected}`);
  }
});

isolationTest('seccomp: a filter, none, one of the user’s; an exec is under the same', async () => {
  const mode = async (hostConfig: HostConfig): Promise<string> => {
    await using one = await running(hostConfig);
    return await one.sh('grep -h Seccomp: /proc/self/status /proc/1/status | cut -f2 | xargs');
  };
  expect(await mode({})).toBe('2 2');
  expect(await mode({ SecurityOpt: ['seccomp=builtin'] })).toBe('2 2');
  expect(await mode({ SecurityOpt: ['seccomp=unconfined'] })).toBe('0 0');
  expect(await mode({ Privileged: true })).toBe('0 0');
});

isolationTest('a profile of the user’s own: what it does, and what it has wrong', async () => {
  const profile = (action: string, errnoRet?: number): HostConfig => ({
    SecurityOpt: [
      `seccomp=${JSON.stringify({ defaultAction: 'SCMP_ACT_ALLOW', syscalls: [{ names: ['mkdir', 'mkdirat'], action, errnoRet }] }, null, 2)}`,
    ],
  });
  const mkdir = async (hostConfig: HostConfig) => await sh('mkdir /tmp/x && echo made', hostConfig);
  expect((await mkdir(profile('SCMP_ACT_ERRNO', 28))).stderr).toContain('No space left on device');
  expect((await mkdir(profile('SCMP_ACT_TRAP'))).stdout).toBe('');
  expect((await mkdir(profile('SCMP_ACT_LOG'))).stdout).toBe('made\n');
  expect((await sh('exec mkdir /tmp/x', profile('SCMP_ACT_KILL_PROCESS'))).exitCode).toBe(128 + 31);
  expect((await sh('grep Seccomp: /proc/self/status', { SecurityOpt: ['seccomp={}'] })).stdout).toBe(
    'Seccomp:\t0\n',
  );
  expect(await refusal(profile('SCMP_ACT_NOTIFY'))).toMatch(
    /^Decoding seccomp profile failed: line 9: syscalls\[0\].action: there is no agent/,
  );
  await using one = await running(profile('SCMP_ACT_ERRNO', 28));
  expect(await one.sh('mkdir /tmp/y')).toContain('No space left on device');
});

/** The specification's lists as Docker 29 has them. */
const MASKED =
  `/proc/acpi /proc/asound /proc/interrupts /proc/kcore /proc/keys /proc/latency_stats /proc/sched_debug /proc/scsi
  /proc/timer_list /proc/timer_stats /sys/devices/virtual/powercap /sys/firmware`.split(/\s+/);
const READ_ONLY = '/proc/bus /proc/fs /proc/irq /proc/sys /proc/sysrq-trigger'.split(' ');
/** What reads as something, and which directories can be written to. */
const look = (paths: readonly string[]): string =>
  `for f in ${paths.join(' ')}; do
     if [ -d $f ]; then ls -A $f | grep -q . && echo $f; elif [ -e $f ]; then grep -q . $f 2>/dev/null && echo $f; fi
   done`;

isolationTest('masked paths read as empty, read-only ones cannot be written', async () => {
  expect(await sh(look(MASKED))).toMatchObject({ stdout: '' });
  const { stdout } = await sh(look(MASKED), { SecurityOpt: ['systempaths=unconfined'] });
  expect(stdout.trim().split('\n')).toEqual(expect.arrayContaining(['/proc/interrupts', '/sys/firmware']));
  // A sysctl of the container's own namespace: permissions are not in the way.
  const write = 'echo 100 > /proc/sys/net/core/somaxconn && cat /proc/sys/net/core/somaxconn';
  expect((await sh(write)).stderr).toContain('Read-only file system');
  expect((await sh(write, { SecurityOpt: ['systempaths=unconfined'] })).stdout).toBe('100\n');
  expect((await sh(write, { ReadonlyPaths: ['/proc/bus'] })).stdout).toBe('100\n');
  expect((await sh(write, { Privileged: true })).stdout).toBe('100\n');
});

isolationTest('the lists are those that were asked for', async () => {
  const mounts = async (hostConfig: HostConfig): Promise<string[]> => {
    const { stdout } = await sh(`awk '$2 ~ "^/(proc|sys)/" {print $2}' /proc/mounts`, hostConfig);
    return stdout.split('\n').filter((path) => path !== '' && !path.startsWith('/sys/fs/cgroup'));
  };
  const all = [...READ_ONLY, ...MASKED].filter((path) => existsSync(path));
  const heat = readdirSync('/sys/devices/system/cpu')
    .map((name) => `/sys/devices/system/cpu/${name}/thermal_throttle`)
    .filter((path) => existsSync(path));
  expect((await mounts({})).toSorted()).toEqual([...all, ...heat].toSorted());
  for (const unconfined of [{ MaskedPaths: [], ReadonlyPaths: [] }, { Privileged: true }])
    expect(await mounts(unconfined)).toEqual([]);
  expect(await mounts({ MaskedPaths: ['/proc/uptime'], ReadonlyPaths: [] })).toEqual(['/proc/uptime']);
});

const access = `awk '$2 == "/sys" || $2 ~ "^/sys/fs/cgroup" || $2 == "/" {print $2, substr($4, 1, 2)}' /proc/mounts`;

isolationTest(
  '/sys and the cgroups can be written by a privileged container, cgroups with writable-cgroups',
  async () => {
    const of = async (hostConfig: HostConfig): Promise<Map<string, string>> => {
      const { stdout } = await sh(access, hostConfig);
      return new Map(
        stdout
          .trim()
          .split('\n')
          .map((line): [string, string] => [line.split(' ')[0] ?? '', line.split(' ')[1] ?? '']),
      );
    };
    const plain = await of({});
    expect([...plain].filter(([, mode]) => mode === 'rw')).toEqual([['/', 'rw']]);
    expect(plain.size).toBeGreaterThan(2);
    expect(new Set((await of({ Privileged: true })).values())).toEqual(new Set(['rw']));
    const cgroups = await of({ SecurityOpt: ['writable-cgroups'] });
    expect(cgroups.get('/sys')).toBe('ro');
    expect(
      [...cgroups].filter(([path, mode]) => path.startsWith('/sys/fs/cgroup/') && mode === 'ro'),
    ).toEqual([]);
    const none = await of({ Privileged: true, SecurityOpt: ['writable-cgroups=false'] });
    expect([...none].filter(([path, mode]) => path.startsWith('/sys/fs/cgroup') && mode === 'rw')).toEqual(
      [],
    );
    expect(new Set((await of({ Privileged: true, ReadonlyRootfs: true })).values())).toEqual(new Set(['ro']));
  },
);

isolationTest(
  '--read-only: nothing of the image, while /dev, /dev/shm and tmpfs can be written',
  async () => {
    const write = (path: string): string => `(: > ${path}) 2>/dev/null && echo ${path}`;
    const paths = ['/x', '/etc/x', '/etc/hosts', '/tmp/x', '/dev/x', '/dev/shm/x', '/run/x'];
    const { stdout } = await sh(paths.map(write).join('; '), { ReadonlyRootfs: true, Tmpfs: { '/run': '' } });
    expect(stdout.trim().split('\n')).toEqual(['/dev/x', '/dev/shm/x', '/run/x']);
  },
);

isolationTest(
  'nothing is mounted over /proc or in it, whatever links lead there; what lxcfs emulates may be',
  async () => {
    const inside = (path: string): string => `"${path}" cannot be mounted because it is inside /proc`;
    expect(await refusal({ Binds: ['/etc:/proc'] })).toBe(
      '"/proc" cannot be mounted because it is not of type proc',
    );
    expect(await refusal({ Tmpfs: { '/proc': '' } })).toContain('because it is not of type proc');
    expect(await refusal({ Binds: ['/etc:/proc/sys'] })).toContain(inside('/proc/sys'));
    expect(await refusal({ Tmpfs: { '/proc/self/attr': '' } })).toContain(inside('/proc/self/attr'));
    using directory = tempDirectory();
    symlinkSync('/proc/sys', join(directory.path, 'link'));
    const led = { Binds: [`${directory.path}:/data`, '/etc:/data/link'] };
    expect(await refusal(led)).toContain(inside('/data/link'));
    const { stdout } = await sh('cat /proc/uptime', { Binds: ['/etc/hostname:/proc/uptime:ro'] });
    expect(stdout).toBe(readFileSync('/etc/hostname', 'utf8'));
    const own = await sh('readlink /proc/self/ns/pid; cat /proc/sys/kernel/hostname', {
      Privileged: true,
      Binds: ['/proc:/proc'],
      PidMode: 'host',
    });
    expect(own.stdout).toContain(readlinkSync('/proc/self/ns/pid'));
  },
);
