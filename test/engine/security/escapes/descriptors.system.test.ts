// Leaked descriptors and working directories (as in CVE-2024-21626), and what else a container could reach the host through:
// stdio, /proc/<pid>/fd of the processes that watch it.
import { closeSync, openSync, statSync } from 'node:fs';
import { afterAll, beforeAll, expect } from 'vitest';
import { fcntl } from '../../../../src/native/syscalls.ts';
import { type EngineFixture, engineFixture, exec, run } from '../../../support/engine-fixture.ts';
import { systemTest } from '../../../support/requires.ts';
import { waitFor } from '../../../support/wait-for.ts';
import { NEEDS, sh, start } from './attacks.ts';

const test = systemTest(...NEEDS);
const F_SETFD = 2;
const FIRST = 3;
const LAST = 64;

let fixture: EngineFixture;
const held: number[] = [];

/** The caller is careless: it holds directories and files of the host without O_CLOEXEC. */
beforeAll(async () => {
  fixture = await engineFixture();
  for (let round = 0; round < 10; round += 1)
    for (const path of ['/', '/etc', '/etc/passwd', '/sys/fs/cgroup', fixture.root])
      held.push(openSync(path, 'r'));
  for (const fd of held) fcntl(fd, F_SETFD, 0);
});
afterAll(async () => {
  for (const fd of held) closeSync(fd);
  await fixture[Symbol.asyncDispose]();
});

/** Without a process of its own, which would open descriptors itself. `3` is the shell's look at /proc/self/fd. */
const LIST = 'for fd in /proc/self/fd/*; do [ -e "$fd" ] && echo "${fd##*/}"; done';

test('the engine holds many descriptors without O_CLOEXEC, so the next tests can fail', () => {
  expect(held.filter((fd) => fd >= FIRST && fd <= LAST).length).toBeGreaterThan(20);
});

test('no descriptor above 2 reaches an entrypoint or an exec', async () => {
  const { stdout } = await run(fixture.client, sh(LIST));
  expect(stdout.trim().split('\n')).toEqual(['0', '1', '2']);
  await using victim = await start(fixture, ['sleep', '1000']);
  expect((await exec(victim.handle, sh(LIST))).stdout.trim().split('\n')).toEqual(['0', '1', '2']);
});

const ATTEMPTS = Array.from({ length: LAST - FIRST + 1 }, (_, index) => `/proc/self/fd/${FIRST + index}`);

test('no working directory of a container leads out through a descriptor', async () => {
  for (const WorkingDir of ATTEMPTS)
    await expect(
      run(fixture.client, ['ls', '../../../../etc'], { WorkingDir }),
      WorkingDir,
    ).rejects.toThrow();
});

test('nor one of an exec, by whatever way the image leads there', async () => {
  await using victim = await start(fixture, ['sleep', '1000']);
  await exec(
    victim.handle,
    sh('for n in $(seq 3 64); do ln -s /proc/self/fd/$n /to-$n; ln -s / /to-$n-root; done'),
  );
  for (const path of ATTEMPTS) {
    const number = path.split('/').at(-1) ?? '';
    for (const WorkingDir of [path, `${path}/../../..`, `/to-${number}`, `/to-${number}/..`])
      await expect(exec(victim.handle, ['pwd'], { WorkingDir }), WorkingDir).rejects.toThrow();
  }
});

test('as a user whom nothing is closed to, the directory is found in the rootfs', async () => {
  const { stdout } = await run(fixture.client, sh('readlink /proc/self/cwd; ls /proc/self/cwd/..'), {
    User: '1000',
    WorkingDir: '/home/alice',
  });
  expect(stdout).toBe('/home/alice\nalice\n');
});

test('stdin is the container’s own /dev/null: what root inside does to it does not reach the host’s', async () => {
  const before = statSync('/dev/null', { bigint: true });
  // The mode that it has already; a change would show by its time.
  const attack = sh('stat -L -c %d:%i /proc/self/fd/0; chmod 666 /proc/self/fd/0; chown 0:0 /proc/self/fd/0');
  const { stdout } = await run(fixture.client, attack);
  expect(stdout.trim()).not.toBe(`${before.dev}:${before.ino}`);
  await using victim = await start(fixture, ['sleep', '1000']);
  expect((await exec(victim.handle, attack)).stdout.trim()).not.toBe(`${before.dev}:${before.ino}`);
  expect(statSync('/dev/null', { bigint: true }).ctimeNs).toBe(before.ctimeNs);
});

test('an exec whose container put something else at /dev/null has an empty stdin and does not wait', async () => {
  await using victim = await start(fixture, sh('rm /dev/null; mkfifo /dev/null; sleep 1000'));
  await waitFor(async () => (await exec(victim.handle, sh('[ -p /dev/null ]'))).exitCode === 0, {
    reason: 'the fifo',
  });
  const { stdout } = await exec(victim.handle, sh('readlink /proc/self/fd/0; cat; echo end'));
  expect(stdout).toMatch(/^pipe:.*\nend\n$/);
});

/** The shim of a container is the parent of its pid 1. */
const LOOK = (pid: number) =>
  sh(
    `for what in exe cwd root fd/0 fd/3; do readlink /proc/${pid}/$what || echo closed; done; ls /proc/${pid}/fd /proc/${pid}/map_files 2>&1 | tail -1; head -c 1 /proc/${pid}/mem || echo closed; head -c1 /proc/${pid}/environ || echo closed`,
  );

test('the host’s process table shows the shim, but opens none of it', async () => {
  await using victim = await start(fixture, ['sleep', '1000'], { HostConfig: { PidMode: 'host' } });
  const { stdout: parent } = await exec(
    victim.handle,
    sh(`sed -n 's/^PPid:.//p' /proc/${victim.pid}/status`),
  );
  const shim = Number(parent);
  const { stdout } = await exec(victim.handle, LOOK(shim));
  expect(stdout.split('\n').filter((line) => line === 'closed')).toHaveLength(7);
  expect(
    (await exec(victim.handle, ['kill', '-0', String(shim)])).exitCode,
    'CAP_KILL is of the default set',
  ).toBe(0);
  // With SYS_PTRACE and the host's processes a container is root on the host: so the test can tell the difference.
  await using trusted = await start(fixture, ['sleep', '1000'], {
    HostConfig: { PidMode: 'host', CapAdd: ['SYS_PTRACE'] },
  });
  expect((await exec(trusted.handle, LOOK(shim))).stdout).toMatch(/^\/\n\/\n\/\n\/dev\/null\n/);
});

test('without the host’s process table the shim is not even seen', async () => {
  await using victim = await start(fixture, ['sleep', '1000']);
  const { stdout } = await exec(victim.handle, sh('cat /proc/[0-9]*/comm | sort -u'));
  expect(stdout).not.toContain('gantry');
});
