// What surrounds a gantry process and is no business of a container: who starts it, from where, and what can be seen there.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { ENGINE, type EngineFixture, engineFixture, IMAGE } from '../support/engine-fixture.ts';
import { systemTest } from '../support/requires.ts';
import { binary } from './gantry.ts';

const kernelTest = systemTest(...ENGINE);

interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** @param wrapper a command that becomes the rest of its arguments */
function gantry({ root, runRoot }: EngineFixture, wrapper: readonly string[], ...args: string[]): Ran {
  const roots = ['--root', root, '--run-root', runRoot];
  const [program = binary, ...words] = [...wrapper, binary, ...roots, ...args];
  const { status, stdout, stderr } = spawnSync(program, words, { encoding: 'utf8', timeout: 30_000 });
  return { status, stdout, stderr };
}

const SCORED = ['sh', '-c', 'echo 300 >/proc/self/oom_score_adj; exec "$@"', 'sh'];
const SCORE = ['cat', '/proc/self/oom_score_adj'];

kernelTest('the score for the OOM killer is 0 where none is asked for, whoever starts it', async () => {
  await using fixture = await engineFixture();
  const zero = { status: 0, stdout: '0\n', stderr: '' };
  expect(gantry(fixture, SCORED, 'run', '--rm', IMAGE, ...SCORE)).toEqual(zero);
  gantry(fixture, SCORED, 'run', '-d', '--name', 'box', IMAGE, 'sleep', '1000');
  expect(gantry(fixture, SCORED, 'exec', 'box', ...SCORE)).toEqual(zero);
});

kernelTest('limits that kill are no limits of the monitor', async () => {
  await using fixture = await engineFixture();
  const limited = ['sh', '-c', 'ulimit -S -t 60; ulimit -S -f 4000; exec "$@"', 'sh'];
  const { stdout } = gantry(fixture, limited, 'run', '-d', IMAGE, 'sleep', '1000');
  const { Pid } = (await fixture.client.getContainer(stdout.trim()).inspect()).State;
  const monitor = /^PPid:\t(\d+)/m.exec(readFileSync(`/proc/${Pid}/status`, 'utf8'))?.[1] ?? '';
  const limits = readFileSync(`/proc/${monitor}/limits`, 'utf8');
  expect(limits).toMatch(/^Max cpu time +unlimited/m);
  expect(limits).toMatch(/^Max file size +unlimited/m);
});

const BLIND: readonly (readonly [string, readonly string[]])[] = [
  ['in another PID namespace', ['unshare', '--pid', '--fork', '--mount-proc']],
  [
    'without /proc',
    [...'unshare --mount --propagation private sh -c'.split(' '), 'umount -l /proc && exec "$@"', 'sh'],
  ],
];
for (const [where, wrapper] of BLIND) {
  kernelTest(`what runs is not taken for dead ${where}`, async () => {
    await using fixture = await engineFixture();
    const container = await fixture.client.createContainer({ Image: IMAGE, Cmd: ['sleep', '1000'] });
    await container.start();
    const { Pid } = (await container.inspect()).State;
    for (const args of [
      ['container', 'prune', '-f'],
      ['rm', '-f', container.id],
    ]) {
      const ran = gantry(fixture, wrapper, ...args);
      expect(ran.stderr).toContain('its processes cannot be seen here');
      expect(ran.status).toBe(1);
      expect(existsSync(`/proc/${Pid}`)).toBe(true);
    }
    expect(gantry(fixture, wrapper, 'ps', '--format', '{{.State}}').stdout).toBe('running\n');
    expect((await container.inspect()).State.Running).toBe(true);
  });
}

kernelTest('options for Node in the environment are for other programs, and are handed on', async () => {
  await using fixture = await engineFixture();
  for (const options of ['--refused', '--inspect-brk=127.0.0.1:0', '']) {
    const wrapper = ['env', `NODE_OPTIONS=${options}`];
    const ran = gantry(fixture, wrapper, 'run', '--rm', '-e', 'NODE_OPTIONS', IMAGE, 'env');
    expect(ran).toEqual(expect.objectContaining({ status: 0, stderr: '' }));
    expect(ran.stdout).toContain(`NODE_OPTIONS=${options}\n`);
    expect(ran.stdout).not.toContain('GANTRY_');
  }
});

kernelTest('output that cannot be written is told in a line', async () => {
  await using fixture = await engineFixture();
  for (const args of [['images'], ['run', '--rm', IMAGE, 'echo', 'text'], ['--help']])
    expect(gantry(fixture, ['sh', '-c', 'exec "$@" >/dev/full', 'sh'], ...args)).toEqual(
      expect.objectContaining({ status: 1, stderr: 'gantry: write: no space left on device\n' }),
    );
});

/** Ours, and whatever the mounts that are uncovered then have. */
const WITHOUT_CGROUPS = [
  ...'unshare --mount --propagation private sh -c'.split(' '),
  `for i in $(seq 99); do
     t=$(awk '/ - cgroup/ { print $5 }' /proc/self/mountinfo | tail -n 1)
     [ -n "$t" ] || break
     umount -l "$t" 2>/dev/null || umount -l /sys
   done
   # What lies below the test host's own cgroups must not come to light.
   ! grep -q ' - cgroup' /proc/self/mountinfo || exit 99
   exec "$@"`,
  'sh',
];
/** All of them stay in the mount table, and none can be reached. */
const HIDDEN_CGROUPS = [
  ...'unshare --mount --propagation private sh -c'.split(' '),
  'mount -t tmpfs none /sys && exec "$@"',
  'sh',
];
const NO_CGROUPS = [
  ['without cgroups', WITHOUT_CGROUPS],
  ['where another mount hides the cgroups', HIDDEN_CGROUPS],
] as const;
for (const [where, wrapper] of NO_CGROUPS) {
  kernelTest(`nothing is started ${where}`, async () => {
    await using fixture = await engineFixture();
    gantry(fixture, [], 'run', '-d', '--name', 'box', IMAGE, 'sleep', '1000');
    for (const args of [
      ['run', '--rm', IMAGE, 'true'],
      ['exec', 'box', 'true'],
    ]) {
      const ran = gantry(fixture, wrapper, ...args);
      expect(ran.stderr).toContain('no cgroup hierarchy is mounted here');
      expect(ran.status).toBeGreaterThanOrEqual(125);
    }
    expect(gantry(fixture, wrapper, 'doctor').stdout).toMatch(/✗ cgroups +no controller is mounted/);
  });
}

kernelTest('a source that the kernel makes no directory for is refused', async () => {
  await using fixture = await engineFixture();
  const ran = gantry(fixture, [], 'run', '--rm', '-v', '/proc/gantry/x:/x', IMAGE, 'true');
  expect(ran.stderr).toContain('mkdir /proc/gantry: no such file or directory');
  expect(ran.status).toBe(125);
});

const ETC = [
  ['/etc/resolv.conf', []],
  ['/etc/hosts', ['--network', 'host']],
  ['/etc/subuid', ['--userns', 'auto']],
] as const;
for (const [file, flags] of ETC) {
  kernelTest(`a fifo or a directory that is ${file} is told`, async () => {
    await using fixture = await engineFixture();
    for (const [make, kind] of [
      ['mkfifo', 'fifo'],
      ['mkdir', 'directory'],
    ]) {
      const own = join(fixture.root, '..', `etc-of-${kind}`);
      const script = `mkdir -p ${own}/upper ${own}/work &&
        mount -t overlay -o lowerdir=/etc,upperdir=${own}/upper,workdir=${own}/work none /etc &&
        rm -f ${file} && ${make} ${file} && exec "$@"`;
      const wrapper = [...'unshare --mount --propagation private sh -c'.split(' '), script, 'sh'];
      const ran = gantry(fixture, wrapper, 'run', '--rm', ...flags, IMAGE, 'true');
      expect(ran.stderr).toContain(`read ${file}: it is a ${kind}`);
      expect(ran.status).toBeGreaterThanOrEqual(125);
    }
  });
}
