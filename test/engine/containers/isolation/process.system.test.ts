// What a process of a container starts with: limits, groups, sysctls, tmpfs, its score, its init.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { HostConfig } from '../../../../src/engine/api/container-request.ts';
import { readLayout, usedHierarchies } from '../../../../src/engine/cgroups/layout.ts';
import { tryRemove } from '../../../../src/engine/cgroups/processes.ts';
import { isolationTest, openCells } from '../../../support/cells.ts';
import { collect, IMAGE } from '../../../support/engine-fixture.ts';
import { waitFor } from '../../../support/wait-for.ts';

const { client, sh, running, refusal } = openCells();

isolationTest('--ulimit: soft and hard, without end, for execs too', async () => {
  const Ulimits = [
    { Name: 'nofile', Soft: 100, Hard: 200 },
    { Name: 'core', Soft: 0, Hard: 0 },
    { Name: 'cpu', Soft: -1, Hard: -1 },
    { Name: 'stack', Soft: 1 << 20, Hard: -1 },
  ];
  await using one = await running({ Ulimits });
  const show = (pid: string): string =>
    `awk '/open files|core file|cpu time|stack size/ {print $(NF-2), $(NF-1)}' /proc/${pid}/limits`;
  const expected = ['unlimited unlimited', '1048576 unlimited', '0 0', '100 200'].join('\n');
  expect(await one.sh(show('1'))).toBe(expected);
  expect(await one.sh(show('self'))).toBe(expected);
});

isolationTest('--ulimit: names and order are checked', async () => {
  expect(await refusal({ Ulimits: [{ Name: 'fun', Soft: 1, Hard: 1 }] })).toBe('invalid ulimit type: fun');
  const order = 'ulimit soft limit must be less than or equal to hard limit:';
  expect(await refusal({ Ulimits: [{ Name: 'nofile', Soft: 2, Hard: 1 }] })).toBe(`${order} 2 > 1`);
  expect(await refusal({ Ulimits: [{ Name: 'nofile', Soft: -1, Hard: 1 }] })).toBe(
    `${order} soft: -1 (unlimited), hard: 1`,
  );
});

isolationTest('--sysctl: of each namespace, in both spellings, and seen by nobody else', async () => {
  const keys = ['net/core/somaxconn', 'kernel/shmmax', 'fs/mqueue/msg_max', 'kernel/domainname'];
  const files = keys.map((key) => `/proc/sys/${key}`);
  const machine = files.map((file) => readFileSync(file, 'utf8').trim());
  const Sysctls = {
    'net.core.somaxconn': '321',
    'kernel.shmmax': '1234567',
    'fs/mqueue/msg_max': '17',
    'kernel.domainname': 'lan.example',
  };
  const { stdout } = await sh(`cat ${files.join(' ')}`, { Sysctls });
  expect(stdout.trim().split('\n')).toEqual(['321', '1234567', '17', 'lan.example']);
  expect(files.map((file) => readFileSync(file, 'utf8').trim())).toEqual(machine);
});

isolationTest('--sysctl: what is the machine’s is refused by name', async () => {
  const refused = async (name: string, hostConfig: HostConfig = {}): Promise<string> =>
    await refusal({ Sysctls: { [name]: '1' }, ...hostConfig });
  const elsewhere = (name: string): string => `sysctl "${name}" is not in a separate kernel namespace`;
  for (const name of ['kernel.core_pattern', 'vm.overcommit_memory', 'kernel.sysrq', 'net/../kernel/sysrq'])
    expect(await refused(name)).toBe(elsewhere(name));
  expect(await refused('net.core.somaxconn', { NetworkMode: 'host' })).toBe(
    'sysctl "net.core.somaxconn" not allowed in host network namespace',
  );
  expect(await refused('kernel.shmmax', { IpcMode: 'host' })).toBe(
    'sysctl "kernel.shmmax" is not allowed in the hosts ipc namespace',
  );
  expect(await refused('kernel.hostname')).toMatch(/conflicts with the OCI "hostname" field/);
  expect(await refused('user.max_user_namespaces')).toMatch(/without a user namespace not allowed/);
  expect(await refused('net.no.such')).toMatch(/write|open net\/no\/such: no such file or directory/);
});

isolationTest('--shm-size and --tmpfs: size, owner, mode, and what may be run there', async () => {
  const mount = (path: string): string => `awk '$2 == "${path}" {print $4}' /proc/mounts`;
  const { stdout } = await sh(
    `${mount('/dev/shm')}; ${mount('/data')}; ${mount('/plain')}; stat -c '%a %u:%g' /data /plain /home/alice /new`,
    {
      ShmSize: 7 << 20,
      Tmpfs: {
        '/data': 'size=64k,mode=750,uid=1000,gid=33,exec,nr_inodes=9',
        '/plain': '',
        '/home/alice': '',
        '/new': '',
      },
    },
  );
  const [shm = '', data = '', plain = '', ...stats] = stdout.trim().split('\n');
  expect(shm.split(',')).toEqual(expect.arrayContaining(['rw', 'nosuid', 'nodev', 'noexec', 'size=7168k']));
  expect(data.split(',')).toEqual(expect.arrayContaining(['nosuid', 'nodev', 'size=64k', 'nr_inodes=9']));
  expect(data).not.toContain('noexec');
  expect(plain.split(',')).toEqual(expect.arrayContaining(['rw', 'nosuid', 'nodev', 'noexec']));
  // As with Docker a directory of the image keeps its permissions, a new one can be written by all.
  expect(stats).toEqual(['750 1000:33', '1777 0:0', '755 0:0', '1777 0:0']);
  expect(await refusal({ Tmpfs: { '/x': 'size=1m,huge' } })).toBe('invalid tmpfs option "huge"');
  expect(await refusal({ Tmpfs: { '/x': 'foo=1' } })).toBe('invalid tmpfs option "foo"');
  expect(await refusal({ ShmSize: -1 })).toBe('SHM size can not be less than 0');
});

isolationTest('--group-add: names and numbers, also for an exec', async () => {
  await using one = await running({ GroupAdd: ['audio', '4711'] }, { User: 'alice' });
  const groups = (pid: string): string =>
    `grep ^Groups: /proc/${pid}/status | cut -f2 | tr ' ' '\\n' | sort -n | xargs`;
  expect(await one.sh(groups('1'))).toBe('29 50 1000 4711');
  expect(await one.sh(groups('self'))).toBe('29 50 1000 4711');
  expect(await refusal({ GroupAdd: ['nobodies'] })).toContain('nobodies');
});

isolationTest('--oom-score-adj: of init and execs; out of range is refused', async () => {
  await using one = await running({ OomScoreAdj: 321 });
  expect(await one.sh('cat /proc/1/oom_score_adj /proc/self/oom_score_adj | xargs')).toBe('321 321');
  expect(await refusal({ OomScoreAdj: 1001 })).toBe(
    'Invalid value 1001, range for oom score adj is [-1000, 1000]',
  );
});

isolationTest('what this machine may not grant is told, and is as it was told', async () => {
  const hostConfig = { OomScoreAdj: -1000, Ulimits: [{ Name: 'nofile', Soft: 10, Hard: 999_999_999 }] };
  const container = await client().createContainer({
    Image: IMAGE,
    Cmd: ['sh', '-c', 'cat /proc/self/oom_score_adj; ulimit -Hn'],
    HostConfig: hostConfig,
  });
  const warnings = (container.warnings ?? []).join('\n');
  const stream = await container.attach({ stream: true, stdout: true });
  const output = collect(stream);
  await container.start();
  const [score = '', files = ''] = (await output).stdout.split('\n');
  const mayRaise = !warnings.includes('CAP_SYS_RESOURCE');
  const most = Number(readFileSync('/proc/sys/fs/nr_open', 'utf8'));
  if (mayRaise) expect(score).toBe('-1000');
  if (mayRaise && most >= 999_999_999) expect([warnings, files]).toEqual(['', '999999999']);
  else if (mayRaise)
    expect(warnings).toBe(
      `ulimit nofile of 999999999 is more than fs.nr_open (${most}): it is ${files} instead`,
    );
  else
    expect(warnings).toBe(
      `oom score adj -1000 cannot be given without CAP_SYS_RESOURCE: it is ${score} instead\n` +
        `ulimit nofile of 999999999 cannot be given without CAP_SYS_RESOURCE: it is ${files} instead`,
    );
  await container.remove({ force: true });
});

isolationTest('--init: pid 1 is ours, reaps orphans and passes signals on', async () => {
  await using one = await running({ Init: true }, { Cmd: ['sh', '-c', '(sleep 0.1 &) ; exec sleep 1000'] });
  expect(await one.sh('cat /proc/1/comm')).toBe('gantry-init');
  // A zombie keeps its name.
  await waitFor(
    async () => (await one.sh("grep -l 'Name:.sleep' /proc/[0-9]*/status 2>/dev/null | wc -l")) === '1',
    {
      reason: 'the orphan was reaped',
    },
  );
  await one.container.kill({ signal: 'TERM' });
  expect((await one.container.wait()).StatusCode).toBe(143);
});

isolationTest('--cgroup-parent, --annotation, --mac-address, --ip', async () => {
  const parent = `/gantry-parent-${process.pid}`;
  using cleanup = new DisposableStack();
  cleanup.defer(() => {
    for (const { mountPoint } of usedHierarchies(readLayout())) tryRemove(join(mountPoint, parent));
  });
  await using one = await running(
    { CgroupParent: parent, Annotations: { 'org.example.a': 'b' } },
    {
      NetworkingConfig: {
        EndpointsConfig: { bridge: { MacAddress: '92:d0:c6:0a:29:33' } },
      },
    },
  );
  const { State, HostConfig } = await one.container.inspect();
  expect(readFileSync(`/proc/${State.Pid}/cgroup`, 'utf8')).toContain(`${parent}/${one.container.id}`);
  expect(HostConfig.Annotations).toEqual({ 'org.example.a': 'b' });
  expect(await one.sh('cat /sys/class/net/eth0/address')).toBe('92:d0:c6:0a:29:33');
});

isolationTest('runtimes, isolation technologies, storage options and links of others', async () => {
  expect(await refusal({ Runtime: 'kata' })).toBe('unknown or invalid runtime name: kata');
  expect(await refusal({ Isolation: 'hyperv' })).toBe("invalid isolation 'hyperv' on linux");
  expect(await refusal({ StorageOpt: { size: '1G' } })).toMatch(/^--storage-opt is not there/);
  expect(await refusal({ VolumeDriver: 'nfs', Binds: ['avol:/b'] })).toBe(
    'error looking up volume plugin nfs: plugin "nfs" not found',
  );
  expect(await refusal({ Links: ['a:b'] })).toMatch(/^links are not there/);
  expect(await refusal({ Isolation: 'default', Runtime: 'gantry' })).toBe('it started');
  expect(await refusal({}, { Hostname: 'x'.repeat(65) })).toBe(
    `hostname "${'x'.repeat(65)}" is too long (maximum 64 bytes)`,
  );
  const left = await client().listContainers({ all: true, filters: { status: ['created'] } });
  expect(left).toEqual([]);
});
