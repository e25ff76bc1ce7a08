// Which namespaces a container has, as its own processes see them.
import { existsSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { expect } from 'vitest';
import { type Cell, isolationTest, openCells } from '../../../support/cells.ts';
import { IMAGE } from '../../../support/engine-fixture.ts';
import { waitFor } from '../../../support/wait-for.ts';

const { client, sh, running, refusal } = openCells();

const ALL = ['pid', 'ipc', 'uts', 'net', 'mnt', 'cgroup', 'user', 'time'] as const;
const SHOW = `for n in ${ALL.join(' ')}; do readlink /proc/self/ns/$n; done`;
/** Names of those that are the machine's. */
const shared = (links: string): string[] =>
  links
    .split('\n')
    .filter((link) => link !== '' && readlinkSync(`/proc/self/ns/${link.split(':')[0]}`) === link);

isolationTest('of its own: all but user and time; an exec is in the very same', async () => {
  await using one = await running();
  const links = await one.sh(SHOW);
  expect(shared(links).map((link) => link.split(':')[0])).toEqual(['user', 'time']);
  expect(await one.sh('for n in pid ipc uts net mnt cgroup; do readlink /proc/1/ns/$n; done')).toBe(
    links.split('\n').slice(0, 6).join('\n'),
  );
});

isolationTest('one mode each gives the machine’s namespace, and no other', async () => {
  const modes = {
    PidMode: 'pid',
    IpcMode: 'ipc',
    UTSMode: 'uts',
    NetworkMode: 'net',
    CgroupnsMode: 'cgroup',
  };
  for (const [key, name] of Object.entries(modes)) {
    await using one = await running({ [key]: 'host' });
    const names = shared(await one.sh(SHOW)).map((link) => link.split(':')[0]);
    expect(names, key).toEqual(ALL.filter((other) => [name, 'user', 'time'].includes(other)));
  }
});

isolationTest(
  '--pid host: the machine’s processes are seen, and none of the container’s is left behind',
  async () => {
    const marker = `${process.pid}`;
    const { stdout, exitCode } = await sh(
      `tr '\\0' ' ' < /proc/${marker}/cmdline; echo; (trap '' HUP TERM; exec sleep 1234) & echo $!`,
      { PidMode: 'host' },
    );
    expect(exitCode).toBe(0);
    const [commandLine, left] = stdout.trim().split('\n');
    expect(commandLine).toContain('node');
    await waitFor(() => !existsSync(`/proc/${left}`), { reason: 'the orphan of the container has gone' });
  },
);

isolationTest('--pid container: sees and signals the other’s processes, and ends with it', async () => {
  await using target = await running();
  const mode = `container:${target.container.id}`;
  const { stdout } = await sh('cat /proc/1/comm; readlink /proc/self/ns/pid; echo $$', { PidMode: mode });
  const [first, namespace, pid] = stdout.trim().split('\n');
  expect(first).toBe('sleep');
  expect(namespace).toBe(await target.sh('readlink /proc/self/ns/pid'));
  expect(Number(pid)).toBeGreaterThan(1);

  await using other = await running({ PidMode: mode, Init: true });
  const { Titles, Processes } = await other.container.top();
  expect(Processes.map((row) => row[Titles.indexOf('CMD')])).toEqual(['sleep 1000']);
  // Two sleeps, the target's and its own; no init of ours, since the target's is there.
  expect(await other.sh('grep -hx sleep /proc/[0-9]*/comm | wc -l; grep -c . /proc/1/comm')).toBe('2\n1');

  await target.container.kill();
  const { StatusCode } = await other.container.wait();
  expect(StatusCode).toBe(137);
  await expect(other.container.start()).rejects.toThrow(
    /failed to join PID namespace: container .* is not running/,
  );
  await target.container.start();
  await other.container.start();
  expect(await other.sh('readlink /proc/self/ns/pid')).toBe(await target.sh('readlink /proc/self/ns/pid'));
  await other.container.kill();
  expect((await target.container.inspect()).State.Running).toBe(true);
});

isolationTest('a container of another is named by its id: a rename does not matter', async () => {
  await using target = await running({}, { name: 'first-name' });
  await using other = await running({ PidMode: 'container:first-name', NetworkMode: 'container:first-name' });
  const { HostConfig } = await other.container.inspect();
  expect(HostConfig).toMatchObject({
    PidMode: `container:${target.container.id}`,
    NetworkMode: `container:${target.container.id}`,
  });
});

isolationTest('--ipc shareable and container: one /dev/shm, one set of semaphores', async () => {
  await using donor = await running({ IpcMode: 'shareable', ShmSize: 5 * 1024 * 1024 });
  await donor.sh('echo from-donor > /dev/shm/a');
  await using other = await running({ IpcMode: `container:${donor.container.id}` });
  expect(await other.sh('cat /dev/shm/a; readlink /proc/self/ns/ipc')).toBe(
    `from-donor\n${await donor.sh('readlink /proc/self/ns/ipc')}`,
  );
  await other.sh('echo from-other > /dev/shm/b');
  expect(await donor.sh('cat /dev/shm/b')).toBe('from-other');
  expect(await other.sh("df -k /dev/shm | tail -1 | awk '{print $2}'")).toBe('5120');
  // What shares may be shared on.
  const third = await sh('cat /dev/shm/a', { IpcMode: `container:${other.container.id}` });
  expect(third.stdout).toBe('from-donor\n');
});

isolationTest('--ipc container: is refused for one that keeps its ipc for itself', async () => {
  for (const IpcMode of ['private', 'none', '']) {
    await using donor = await running({ IpcMode });
    expect(await refusal({ IpcMode: `container:${donor.container.id}` })).toMatch(
      /failed to join IPC namespace: container .*: non-shareable IPC \(hint: use IpcMode:shareable/,
    );
  }
});

isolationTest('a donor that puts a link where its /dev/shm was leads nobody astray', async () => {
  await using donor = await running({ IpcMode: 'shareable', Privileged: true });
  await donor.sh('umount /dev/shm && rmdir /dev/shm && ln -s /proc/1/root/etc /dev/shm');
  expect(await refusal({ IpcMode: `container:${donor.container.id}` })).toMatch(
    /open \/dev\/shm: too many symbolic links/,
  );
});

isolationTest('--ipc none: no /dev/shm, but queues; host: the machine’s own', async () => {
  const none = await sh('ls -d /dev/shm; grep -c " /dev/mqueue mqueue " /proc/mounts', { IpcMode: 'none' });
  expect(none).toMatchObject({ stdout: '1\n', stderr: expect.stringContaining('No such file') });
  const name = `/dev/shm/gantry-test-${process.pid}`;
  writeFileSync(name, 'of the machine');
  try {
    expect((await sh(`cat ${name}`, { IpcMode: 'host' })).stdout).toBe('of the machine');
  } finally {
    rmSync(name);
  }
});

isolationTest('host name and domain name are the kernel’s', async () => {
  const show =
    'cat /proc/sys/kernel/hostname /proc/sys/kernel/domainname; cat /etc/hostname; grep box /etc/hosts';
  const { stdout } = await sh(show, {}, { Hostname: 'box', Domainname: 'example.org' });
  const [name, domain, file, hosts] = stdout.trim().split('\n');
  expect([name, domain, file]).toEqual(['box', 'example.org', 'box']);
  expect(hosts).toMatch(/^[\d.]+\tbox\.example\.org box$/);
  const host = await sh('cat /proc/sys/kernel/hostname; echo $HOSTNAME', { UTSMode: 'host' });
  expect(host.stdout).toBe(`${hostname()}\n${hostname()}\n`);
  // As Docker: the machine's name in a namespace of its own, where another may be set.
  const network = await sh('cat /proc/sys/kernel/hostname; readlink /proc/self/ns/uts', {
    NetworkMode: 'host',
  });
  expect(network.stdout.split('\n')[0]).toBe(hostname());
  expect(network.stdout).not.toContain(readlinkSync('/proc/self/ns/uts'));
});

isolationTest('--cgroupns: its own cgroup is the root it sees, or not', async () => {
  const own = await sh('cat /proc/self/cgroup', {});
  expect(
    own.stdout
      .trim()
      .split('\n')
      .every((line) => line.endsWith(':/')),
  ).toBe(true);
  const host = await sh('cat /proc/self/cgroup', { CgroupnsMode: 'host' });
  expect(host.stdout).toContain(`/${host.id}`);
});

isolationTest('--network container: one network, one set of files and names', async () => {
  await using donor = await running({}, { Hostname: 'donor', Domainname: 'lan' });
  await using other = await running({ NetworkMode: `container:${donor.container.id}` });
  const show =
    'readlink /proc/self/ns/net; ls -i /etc/hosts /etc/resolv.conf /etc/hostname; hostname; ls /sys/class/net; ip -4 -o addr';
  expect(await other.sh(show)).toBe(await donor.sh(show));
  expect(await other.sh('cat /proc/sys/kernel/domainname')).toBe('lan');
  await donor.sh('echo 192.0.2.7 added >> /etc/hosts');
  expect(await other.sh('grep added /etc/hosts')).toBe('192.0.2.7 added');
  const { HostsPath } = await other.container.inspect();
  expect(readFileSync(HostsPath, 'utf8')).toContain('192.0.2.7 added');
  // A sysctl of the joined namespace may be set, as with runc.
  const { stdout } = await sh('cat /proc/sys/net/ipv4/ip_forward', {
    NetworkMode: `container:${donor.container.id}`,
    Sysctls: { 'net.ipv4.ip_forward': '1' },
  });
  expect(stdout).toBe('1\n');
});

isolationTest('--network container: of one that does not run', async () => {
  const donor = await client().createContainer({ Image: IMAGE, name: 'sleeper' });
  const other = await client().createContainer({
    Image: IMAGE,
    HostConfig: { NetworkMode: 'container:sleeper' },
  });
  await expect(other.start()).rejects.toThrow(
    'cannot join network namespace of a non running container: container sleeper is created',
  );
  await donor.remove();
  await expect(other.start()).rejects.toThrow(/failed to join network namespace: No such container/);
  await other.remove();
});

const uptime = async (one: Cell) => Number((await one.sh('cat /proc/uptime')).split(' ')[0]);

isolationTest('a time namespace of its own shifts its clocks, also for execs', async () => {
  const machine = Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]);
  await using one = await running({
    TimensMode: 'private',
    TimeOffsets: { Monotonic: { Secs: -60, Nanosecs: 500_000_000 }, Boottime: { Secs: 86_400, Nanosecs: 0 } },
  });
  expect((await uptime(one)) - machine).toBeGreaterThan(86_399);
  expect((await uptime(one)) - machine).toBeLessThan(86_460);
  expect(shared(await one.sh('readlink /proc/self/ns/time'))).toEqual([]);
  expect(await one.sh('cat /proc/self/timens_offsets')).toBe(
    'monotonic         -60 500000000\nboottime        86400         0',
  );
  // Of init, and of the shim that watches it from outside.
  const { Pid } = (await one.container.inspect()).State;
  expect(readlinkSync(`/proc/${Pid}/ns/time`)).toBe(await one.sh('readlink /proc/self/ns/time'));
  const monitor = /^PPid:\s*(\d+)$/m.exec(readFileSync(`/proc/${Pid}/status`, 'utf8'))?.[1];
  expect(readlinkSync(`/proc/${monitor}/ns/time`)).toBe(readlinkSync('/proc/self/ns/time'));
  expect(readlinkSync(`/proc/${monitor}/ns/time_for_children`)).toBe(readlinkSync('/proc/self/ns/time'));
});

isolationTest('a clock that the kernel cannot shift so far is refused in its words', async () => {
  const TimeOffsets = { Boottime: { Secs: -1e12, Nanosecs: 0 } };
  expect(await refusal({ TimensMode: 'private', TimeOffsets })).toContain(
    'namespaces: write /proc/self/timens_offsets: result too large (ERANGE)',
  );
});
