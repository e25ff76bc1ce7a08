// Which device files a container has and may open, asked from inside. /dev/fuse and /dev/kmsg stand for any device: opening
// them does nothing.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { isolationTest, openCells } from '../../../support/cells.ts';
import { collect } from '../../../support/engine-fixture.ts';
import { tempDirectory } from '../../../support/temp-root.ts';

const { sh, running, refusal } = openCells();

const FUSE = { PathOnHost: '/dev/fuse' };
/** Which of reading, writing and both the kernel lets through. */
const accesses = (device: string): string =>
  `for mode in '<' '>>' '<>'; do eval "true $mode ${device}" 2>/dev/null && echo -n " $mode"; done; echo`;

isolationTest('without a flag: the six of the specification, and no other can be opened', async () => {
  const { stdout, stderr } = await sh(
    `cd /dev; find . -type c -o -type b | sort | xargs; mknod /tmp/fuse c 10 229 && true < /tmp/fuse`,
  );
  expect(stdout.trim()).toBe('./full ./null ./pts/ptmx ./random ./tty ./urandom ./zero');
  expect(stderr).toContain('Operation not permitted');
});

isolationTest(
  'the machine’s console can be opened by nobody, and /dev/console is the container’s own terminal',
  async () => {
    const mine = 'mknod /tmp/console c 5 1; { true < /tmp/console; } 2>&1; { true > /tmp/console; } 2>&1';
    const { stdout } = await sh(
      `${mine}; echo written > /dev/console; stat -c %t /dev/console`,
      {},
      { Tty: true },
    );
    expect(stdout.match(/Operation not permitted/g)).toHaveLength(2);
    expect(stdout).toMatch(/written\r\n88\r\n$/);
  },
);

isolationTest('--device: the machine’s node with its owner and permissions, here or elsewhere', async () => {
  const here = statSync('/dev/fuse');
  const show = 'stat -c "%t:%T %a %u:%g %F" /dev/fuse /dev/deep/mine';
  const Devices = [FUSE, { ...FUSE, PathInContainer: '/dev/deep/mine' }];
  const line = `a:e5 ${(here.mode & 0o777).toString(8)} ${here.uid}:${here.gid} character special file`;
  const { stdout } = await sh(`${show}; ${accesses('/dev/deep/mine')}`, { Devices });
  expect(stdout).toBe(`${line}\n${line}\n < >> <>\n`);
});

isolationTest('the permissions of --device are the kernel’s, and hold for an exec', async () => {
  const expected = { r: '<', w: '>>', rw: '< >> <>', m: '' };
  for (const [CgroupPermissions, modes] of Object.entries(expected)) {
    await using one = await running({ Devices: [{ ...FUSE, CgroupPermissions }] });
    expect(await one.sh(accesses('/dev/fuse')), CgroupPermissions).toBe(modes);
  }
});

isolationTest('an exec with --privileged has more capabilities and no more devices', async () => {
  await using one = await running({ Devices: [{ ...FUSE, CgroupPermissions: 'r' }] });
  const script = `grep CapEff /proc/self/status; grep Seccomp: /proc/self/status; ${accesses('/dev/fuse')}`;
  const Cmd = ['sh', '-c', script];
  const handle = await one.container.exec({ Cmd, AttachStdout: true, Privileged: true });
  const { stdout } = await collect(await handle.start({ hijack: true, stdin: false }));
  const own = /^CapBnd:\s*(\w+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  expect(stdout).toBe(`CapEff:\t${own}\nSeccomp:\t2\n <\n`);
});

isolationTest(
  'a directory of devices comes with all that is in it, a link with what it points to',
  async () => {
    using directory = tempDirectory();
    const at = (name: string) => join(directory.path, name);
    mkdirSync(at('all/sub'), { recursive: true });
    execFileSync('mknod', ['-m', '640', at('all/one'), 'c', '10', '229']);
    execFileSync('mknod', [at('all/sub/two'), 'b', '7', '300']);
    execFileSync('ln', ['-s', 'all/one', at('link')]);
    const Devices = [
      { PathOnHost: at('all'), PathInContainer: '/dev/mine' },
      { PathOnHost: at('link'), PathInContainer: '/dev/link' },
    ];
    const { stdout } = await sh(
      `cd /dev; stat -c '%n %t:%T %a' mine/one mine/sub/two link; ${accesses('/dev/link')}`,
      {
        Devices,
      },
    );
    expect(stdout).toBe('mine/one a:e5 640\nmine/sub/two 7:12c 644\nlink a:e5 640\n < >> <>\n');
  },
);

isolationTest('what is no device, or not there, is refused when the container starts', async () => {
  const gathering = 'error gathering device information while adding custom device';
  expect(await refusal({ Devices: [{ PathOnHost: '/dev/nope' }] })).toBe(
    `${gathering} "/dev/nope": no such file or directory`,
  );
  expect(await refusal({ Devices: [{ PathOnHost: '/etc/passwd' }] })).toBe(
    `${gathering} "/etc/passwd": not a device node`,
  );
  expect(await refusal({ DeviceRequests: [{ Driver: '', Capabilities: [['gpu']] }] })).toContain(
    'could not select device driver "" with capabilities: [["gpu"]]',
  );
  expect(await refusal({ DeviceCgroupRules: ['c 1:3'] })).toBe("invalid device cgroup rule format: 'c 1:3'");
});

isolationTest(
  '--device-cgroup-rule: what the container makes itself may be opened as the rule says',
  async () => {
    const make = 'mknod /tmp/fuse c 10 229; mknod /tmp/loop b 7 300';
    const only = await sh(`${make}; ${accesses('/tmp/fuse')}`, { DeviceCgroupRules: ['c 10:229 r'] });
    expect(only.stdout).toBe(' <\n');
    const all = await sh(`${make}; ${accesses('/tmp/fuse')}`, { DeviceCgroupRules: ['a *:* rwm'] });
    expect(all.stdout).toBe(' < >> <>\n');
    // Two rules for one device add up.
    const two = await sh(`${make}; ${accesses('/tmp/fuse')}`, {
      DeviceCgroupRules: ['c 10:229 r', 'c 10:* w'],
    });
    expect(two.stdout).toMatch(/^ < >>/);
  },
);

const nodesOf = (directory: string): string[] =>
  readdirSync(directory, { withFileTypes: true })
    .filter((entry) => entry.isCharacterDevice() || entry.isBlockDevice())
    .map(({ name }) => name)
    .filter((name) => !['console', 'ptmx'].includes(name))
    .sort();

isolationTest('--privileged: every device of the machine, and all may be opened', async () => {
  const { stdout } = await sh(
    `cd /dev; for f in *; do [ -c $f -o -b $f ] && [ ! -L $f ] && echo -n "$f "; done; echo
     readlink ptmx; ls -d shm pts mqueue | xargs; mount | grep -c 'on /dev/pts '; ${accesses('/dev/fuse')}
     mknod /tmp/k c 1 11 && true < /tmp/k && echo any`,
    { Privileged: true },
  );
  const [nodes = '', ptmx, directories, pts, fuse, any] = stdout.split('\n');
  expect(nodes.trim().split(' ').toSorted()).toEqual(nodesOf('/dev'));
  expect([ptmx, directories, pts, fuse, any]).toEqual(['pts/ptmx', 'mqueue pts shm', '1', ' < >> <>', 'any']);
});

isolationTest('with the machine’s own /dev mounted nothing of ours is put into it', async () => {
  const listing = (): string =>
    execFileSync('ls', ['-lA', '/dev'], { encoding: 'utf8' }).replaceAll(/\S+ tty/g, 'tty');
  const names = readdirSync('/dev').toSorted();
  const before = listing();
  const { stdout } = await sh(
    'ls -A /dev | sort | xargs; mount | grep -c " on /dev/shm type tmpfs .*size=65536k"',
    {
      Privileged: true,
      Binds: ['/dev:/dev'],
    },
  );
  const [inside = '', ownShm] = stdout.split('\n');
  expect(inside.split(' ').toSorted()).toEqual(names);
  expect(ownShm).toBe('0');
  expect(listing().split('\n').length).toBe(before.split('\n').length);
  expect(readdirSync('/dev').toSorted()).toEqual(names);
});
