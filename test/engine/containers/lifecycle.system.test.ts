import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { buffer, text } from 'node:stream/consumers';
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect } from 'vitest';
import type { EngineClient } from '../../../src/engine/api/engine-client.ts';
import { createForeground } from '../../../src/engine/containers/foreground.ts';
import {
  ENGINE,
  collect,
  type EngineFixture,
  engineFixture,
  exec,
  IMAGE,
  run,
} from '../../support/engine-fixture.ts';
import { has, systemTest } from '../../support/requires.ts';
import { waitFor } from '../../support/wait-for.ts';

const kernelTest = systemTest(...ENGINE);

let fixture: EngineFixture;
let client: EngineClient;
beforeAll(async () => {
  if (!ENGINE.every(has)) return;
  fixture = await engineFixture();
  ({ client } = fixture);
});
afterAll(async () => fixture?.[Symbol.asyncDispose]());

const sleeper = async (name: string, extra: object = {}) => {
  const container = await client.createContainer({ Image: IMAGE, Cmd: ['sleep', '1000'], name, ...extra });
  await container.start();
  return container;
};

kernelTest('run: output of both streams, exit code, environment, host name, working directory', async () => {
  const result = await run(client, ['sh', '-c', 'echo out; echo err >&2; echo $X; hostname; pwd; exit 7'], {
    Env: ['X=größe'],
    Hostname: 'web',
    WorkingDir: '/deep/er',
  });
  expect(result).toMatchObject({ exitCode: 7, stdout: 'out\ngröße\nweb\n/deep/er\n', stderr: 'err\n' });
});

kernelTest('run --rm: nothing is left when wait has answered', async () => {
  const { id } = await run(client, ['true'], { HostConfig: { AutoRemove: true } });
  await expect(client.getContainer(id).inspect()).rejects.toMatchObject({ statusCode: 404 });
  expect(existsSync(`${fixture.runRoot}/containers/${id}`)).toBe(false);
  expect(existsSync(`${fixture.root}/containers/${id}`)).toBe(false);
  expect(existsSync(`${fixture.runRoot}/locks/${id}`)).toBe(false);
});

kernelTest('the defaults of docker: capabilities, seccomp, masked paths, pid 1, devices', async () => {
  const { stdout } = await run(client, [
    'sh',
    '-c',
    'grep -E "^(CapEff|CapBnd|Seccomp|NoNewPrivs):" /proc/self/status | tr "\\t" " "; cat /proc/kcore | wc -c; ' +
      'echo x > /proc/sys/kernel/domainname 2>&1 || echo ro; echo pid $$; ls /dev | tr "\\n" " "; ls -l /dev/fd | grep -o "/dev/fd.*"',
  ]);
  expect(stdout).toContain('CapEff: 00000000a80425fb');
  expect(stdout).toContain('CapBnd: 00000000a80425fb');
  expect(stdout).toMatch(/Seccomp: 2/);
  expect(stdout).toMatch(/NoNewPrivs: 0/);
  expect(stdout).toMatch(/\n0\n.*ro\npid 1\n/s);
  expect(stdout).toContain(
    'core fd full mqueue null ptmx pts random shm stderr stdin stdout tty urandom zero',
  );
  expect(stdout).toContain('/dev/fd -> /proc/self/fd');
});

kernelTest('a name is taken once, and the refusal says by whom', async () => {
  const first = await client.createContainer({ Image: IMAGE, name: 'only' });
  await expect(client.createContainer({ Image: IMAGE, name: 'only' })).rejects.toMatchObject({
    statusCode: 409,
    message: expect.stringContaining(
      `The container name "/only" is already in use by container "${first.id}"`,
    ),
  });
  await first.remove();
});

const failures: [string, string[], object, number, string][] = [
  ['a missing executable', ['nope'], {}, 127, 'exec: "nope": executable file not found in $PATH'],
  ['a missing path', ['/nope'], {}, 127, 'stat /nope: no such file or directory'],
  ['a file that may not run', ['/etc/passwd'], {}, 126, 'exec: "/etc/passwd": permission denied'],
  ['a directory', ['/bin'], {}, 126, 'exec: "/bin": '],
  [
    'a user that does not exist',
    ['true'],
    { User: 'nobody-here' },
    126,
    'unable to find user nobody-here: no matching entries in passwd file',
  ],
];
for (const [what, Cmd, extra, exitCode, message] of failures) {
  kernelTest(`start of ${what} fails with docker's words and code, and leaves nothing running`, async () => {
    const container = await client.createContainer({ Image: IMAGE, Cmd, ...extra });
    await expect(container.start()).rejects.toThrow(message);
    const { State } = await container.inspect();
    expect(State).toMatchObject({ Status: 'created', ExitCode: exitCode, Running: false });
    expect(State.Error).toContain(message);
    expect(existsSync(`${fixture.runRoot}/containers/${container.id}`)).toBe(false);
    await container.remove();
  });
}

kernelTest('a start that fails while somebody is attached is over when it has been told', async () => {
  const container = await client.createContainer({ Image: IMAGE, Cmd: ['/nope'] });
  const foreground = createForeground();
  foreground.expectStart(container.id, () => Promise.resolve());
  const started = foreground.start(await fixture.engine.containers(), container.id);
  await expect(started).rejects.toThrow('no such file or directory');
  const later = setImmediate('still cleaning up');
  expect(await Promise.race([foreground.exitOf(container.id), later])).toMatchObject({ exitCode: 127 });
  await container.remove();
});

kernelTest('stop: the signal, the grace, then SIGKILL; a second stop says not modified', async () => {
  const polite = await client.createContainer({
    Image: IMAGE,
    Cmd: ['sh', '-c', 'trap "exit 3" USR1; echo ready; while :; do sleep 0.05; done'],
    StopSignal: 'SIGUSR1',
  });
  await polite.start();
  await waitFor(async () => (await polite.logs({ stdout: true })).includes('ready'), {
    reason: 'the trap is set',
  });
  await polite.stop({ t: 10 });
  expect((await polite.inspect()).State).toMatchObject({ Status: 'exited', ExitCode: 3 });
  await expect(polite.stop()).rejects.toMatchObject({ statusCode: 304 });

  const deaf = await sleeper('deaf');
  await deaf.stop({ t: 0 });
  expect((await deaf.inspect()).State).toMatchObject({ Status: 'exited', ExitCode: 137 });
  await deaf.start();
  await expect(deaf.start()).rejects.toMatchObject({ statusCode: 304 });
  await expect(deaf.remove()).rejects.toThrow(
    'container is running: stop the container before removing or force remove',
  );
  await Promise.all([polite.remove(), deaf.remove({ force: true })]);
});

kernelTest('pause freezes, unpause thaws, exec into a paused one is refused', async () => {
  const container = await client.createContainer({
    Image: IMAGE,
    Cmd: ['sh', '-c', 'while :; do date +%N >> /tmp/ticks; sleep 0.02; done'],
  });
  await container.start();
  const ticks = async () => (await exec(container, ['wc', '-l', '/tmp/ticks'])).stdout;
  await container.pause();
  expect((await container.inspect()).State).toMatchObject({ Status: 'paused', Paused: true, Running: true });
  await expect(ticks()).rejects.toThrow('is paused, unpause the container before exec');
  await container.unpause();
  const before = await ticks();
  await waitFor(async () => (await ticks()) !== before, { reason: 'the loop goes on' });
  await container.pause();
  await container.remove({ force: true });
});

kernelTest('exec: streams, exit code, user, directory, environment; top and inspect', async () => {
  const container = await sleeper('execs');
  const result = await exec(container, ['sh', '-c', 'id -u; pwd; echo $A; echo no >&2; exit 9'], {
    User: '1000:1000',
    WorkingDir: '/tmp',
    Env: ['A=b'],
  });
  expect(result).toMatchObject({ exitCode: 9, stdout: '1000\n/tmp\nb\n', stderr: 'no\n' });
  await expect(exec(container, ['pwd'], { WorkingDir: '/not/there' })).rejects.toThrow(
    'chdir /not/there: no such file or directory',
  );
  expect((await exec(container, ['ls', '/not'])).exitCode).toBe(1);
  await expect(exec(container, ['nope'])).rejects.toThrow('executable file not found in $PATH');
  const { Titles, Processes } = await container.top();
  expect(Titles).toContain('CMD');
  expect(Processes.map((row) => row.at(-1))).toContain('sleep 1000');
  await container.remove({ force: true });
});

kernelTest('logs keep both streams, in order, with times; follow ends with the container', async () => {
  const container = await client.createContainer({
    Image: IMAGE,
    Cmd: ['sh', '-c', 'for i in 1 2 3; do echo $i; done; echo e >&2; sleep 0.2; echo last'],
  });
  await container.start();
  const followed = await collect(await container.logs({ follow: true, stdout: true, stderr: true }));
  expect(followed).toEqual({ stdout: '1\n2\n3\nlast\n', stderr: 'e\n' });
  const tail = await container.logs({ stdout: true, tail: 2, timestamps: true });
  expect(tail.toString()).toMatch(/\d{4}-\d\d-\d\dT[\d:.]+Z last\n$/);
  await container.remove();
});

kernelTest('files go in and out, of running and of stopped containers', async () => {
  const container = await sleeper('copies');
  await exec(container, ['sh', '-c', 'echo hello > /tmp/a']);
  const tar = await buffer(await container.getArchive({ path: '/tmp/a' }));
  await container.stop({ t: 0 });
  await container.putArchive(tar, { path: '/home' });
  await container.start();
  expect((await exec(container, ['cat', '/home/a'])).stdout).toBe('hello\n');
  await expect(container.getArchive({ path: '/nope' })).rejects.toMatchObject({ statusCode: 404 });
  const changes = await container.changes();
  expect(changes).toContainEqual({ Path: '/home/a', Kind: 1 });
  await container.remove({ force: true });
});

kernelTest(
  'volumes: named ones stay, anonymous ones go with rm -v, the image’s content is copied up',
  async () => {
    const HostConfig = { Binds: ['data:/etc'] };
    const { stdout } = await run(client, ['sh', '-c', 'ls /etc; echo mine > /etc/mine'], {
      HostConfig,
      Volumes: { '/extra': {} },
    });
    expect(stdout).toContain('passwd');
    expect((await run(client, ['cat', '/etc/mine'], { HostConfig })).stdout).toBe('mine\n');
    await expect(client.getVolume('data').remove()).rejects.toMatchObject({ statusCode: 409 });
    for (const { Id } of await client.listContainers({ all: true }))
      await client.getContainer(Id).remove({ v: true });
    expect((await client.listVolumes()).Volumes.map(({ Name }) => Name)).toEqual(['data']);
    await client.getVolume('data').remove();
  },
);

kernelTest('limits are what the kernel holds, and an OOM kill is told', async () => {
  const container = await sleeper('limited', {
    HostConfig: { Memory: 64 * 1024 * 1024, NanoCpus: 500_000_000, PidsLimit: 20 },
  });
  const sample = (await client.gantry?.sample())?.find(({ id }) => id === container.id);
  expect(sample).toMatchObject({
    memoryLimitBytes: 64 * 1024 * 1024,
    cpuLimitCores: 0.5,
    pidsLimit: 20,
    pids: 1,
  });
  await container.remove({ force: true });

  const greedy = await run(client, ['sh', '-c', 'tail /dev/zero'], {
    HostConfig: { Memory: 32 * 1024 * 1024, MemorySwap: 32 * 1024 * 1024 },
  });
  expect(greedy.exitCode).toBe(137);
  expect((await client.getContainer(greedy.id).inspect()).State.OOMKilled).toBe(true);
});

kernelTest('events tell the life of a container, to another process too', async () => {
  const since = Date.now() / 1000;
  const { id } = await run(client, ['true'], { HostConfig: { AutoRemove: true } });
  const stream = await fixture
    .reopen()
    .getEvents({ since, until: Date.now() / 1000 + 0.01, filters: { container: [id] } });
  const lines = (await text(stream)).trim().split('\n');
  expect(lines.map((line) => JSON.parse(line).Action)).toEqual(['create', 'start', 'die', 'destroy']);
});

kernelTest('every signal is told, and inspect says when the run before ended', async () => {
  const since = Date.now() / 1000;
  const container = await sleeper('told', { StopSignal: 'SIGUSR1' });
  await container.restart({ t: 0 });
  const { StartedAt, FinishedAt } = (await container.inspect()).State;
  expect(Date.parse(FinishedAt)).toBeGreaterThan(since * 1000 - 1);
  expect(Date.parse(FinishedAt)).toBeLessThanOrEqual(Date.parse(StartedAt));
  await container.remove({ force: true });
  const until = Date.now() / 1000 + 0.01;
  const stream = await client.getEvents({ since, until, filters: { container: [container.id] } });
  const told = (await text(stream))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(
    told.map(({ Action, Actor }) => [Action, Actor.Attributes.signal ?? Actor.Attributes.exitCode]),
  ).toEqual([
    ['create', undefined],
    ['start', undefined],
    ['kill', '10'],
    ['kill', '9'],
    ['die', '137'],
    ['stop', undefined],
    ['start', undefined],
    ['restart', undefined],
    ['kill', '9'],
    ['die', '137'],
    ['destroy', undefined],
  ]);
});

kernelTest('a container outlives the process that started it, and another can stop it', async () => {
  const container = await sleeper('shared');
  const other = fixture.reopen();
  expect(await other.listContainers({ filters: { name: ['^/shared$'] } })).toMatchObject([
    { State: 'running' },
  ]);
  await other.getContainer('shared').stop({ t: 0 });
  expect((await container.inspect()).State.Status).toBe('exited');
  await container.remove();
});

kernelTest(
  'kill -9 of the monitor takes the container along; lists say so at once and the next command mends',
  async () => {
    const container = await sleeper('orphan');
    const { Pid } = (await container.inspect()).State;
    const monitor = Number(/^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${Pid}/status`, 'utf8'))?.[1]);
    process.kill(monitor, 'SIGKILL');
    await waitFor(() => !existsSync(`/proc/${Pid}/status`), { reason: 'init goes with its monitor' });
    expect(await client.listContainers({ filters: { id: [container.id] } })).toEqual([]);
    expect((await container.inspect()).State).toMatchObject({ Status: 'exited', ExitCode: 137 });
    await container.start();
    await container.remove({ force: true });
  },
);

kernelTest('stop ends a container whose run directory was removed, and wait waits for it', async () => {
  const container = await sleeper('without-run-directory');
  const { Pid: pid } = (await container.inspect()).State;
  rmSync(join(fixture.runRoot, 'containers', container.id), { recursive: true });
  const waited = container.wait();
  await expect(Promise.race([waited.then(() => 'ended'), sleep(300, 'waits')])).resolves.toBe('waits');
  await container.stop({ t: 1 });
  expect(existsSync(`/proc/${pid}`)).toBe(false);
  await expect(waited).resolves.toMatchObject({ StatusCode: 137 });
  expect((await container.inspect()).State).toMatchObject({ Running: false });
  await container.remove();
});

kernelTest('a variable without a name is refused', async () => {
  await using fixture = await engineFixture();
  for (const variable of ['=value', ''])
    await expect(fixture.client.createContainer({ Image: IMAGE, Env: [variable] })).rejects.toThrow(
      `invalid environment variable: ${variable}`,
    );
});
