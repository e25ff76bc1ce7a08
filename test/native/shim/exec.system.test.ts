import { readFileSync, readlinkSync } from 'node:fs';
import { afterAll, expect } from 'vitest';
import { launch } from '../../../src/native/shim/launcher.ts';
import { CLONE } from '../../../src/native/syscalls.ts';
import { systemTest } from '../../support/requires.ts';
import { waitFor } from '../../support/wait-for.ts';
import {
  type PlanChanges,
  SHIM,
  type Run,
  containerPlan,
  create,
  execPlan,
  isAlive,
  makeBench,
  run,
  shimEnded,
  withPidfd,
} from './support.ts';

const test = systemTest('root', 'shim', 'busybox');
const bench = makeBench();
afterAll(() => bench[Symbol.dispose]());

const script = (text: string) => ['sh', '-c', text];

interface Target extends AsyncDisposable {
  readonly box: Run;
  readonly pidfd: number;
}

/** A container that runs until the test is over. */
async function target(changes: PlanChanges = {}): Promise<Target> {
  const box = await create(containerPlan(bench, { args: ['sleep', '1000'], ...changes }));
  box.shim.go();
  await box.shim.started;
  const pidfd = withPidfd(box.shim.initPid);
  return {
    box,
    pidfd: pidfd.fd,
    [Symbol.asyncDispose]: async () => {
      pidfd[Symbol.dispose]();
      if (isAlive(box.shim.initPid)) process.kill(box.shim.initPid, 'SIGKILL');
      await shimEnded(box.shim.shimPid);
    },
  };
}

test('an exec is in all of the container’s namespaces', async () => {
  await using container = await target();
  const args = script(
    'hostname; ls /sys/class/net; ps -o comm | grep -c sleep; for n in mnt uts ipc pid net cgroup; do readlink /proc/self/ns/$n; done',
  );
  const { stdout, status } = await run(execPlan(bench, { args }), { launch: { pidfd: container.pidfd } });
  const namespaces = ['mnt', 'uts', 'ipc', 'pid', 'net', 'cgroup'].map((name) =>
    readlinkSync(`/proc/${container.box.shim.initPid}/ns/${name}`),
  );
  expect(stdout.trim().split('\n')).toEqual(['box', 'lo', '1', ...namespaces]);
  expect(status).toEqual({ exitCode: 0, signal: 0 });
});

test('user, directory, environment, exit code and stdin are the exec’s own', async () => {
  await using container = await target();
  const args = script('id -un; pwd; echo $WORD; cat; exit 5');
  const plan = execPlan(bench, {
    args,
    process: { user: 'ada', cwd: '/tmp', env: ['PATH=/bin', 'WORD=w'] },
    stdio: { openStdin: true, stdinOnce: true },
  });
  const box = await create(plan, { launch: { pidfd: container.pidfd } });
  box.client.write(Buffer.from('in\n'));
  box.client.endStdin();
  box.shim.go();
  expect(await box.exit).toEqual({ exitCode: 5, signal: 0 });
  expect(box.stdout()).toBe('ada\n/tmp\nw\nin\n');
});

test('with a terminal it has one of the container’s', async () => {
  await using container = await target();
  const plan = execPlan(bench, {
    args: script('tty; stty size'),
    stdio: { terminal: true, rows: 20, cols: 60, openStdin: true },
  });
  expect((await run(plan, { launch: { pidfd: container.pidfd } })).stdout).toBe('/dev/pts/0\r\n20 60\r\n');
});

test('a missing program is told as in a start', async () => {
  await using container = await target();
  const shim = await launch({
    shimPath: SHIM,
    plan: execPlan(bench, { args: ['nowhere'] }),
    pidfd: container.pidfd,
  });
  shim.go();
  await expect(shim.started).rejects.toMatchObject({ stage: 'exec', operation: 'lookup', code: 'ENOENT' });
});

test('an exec into a container that has ended is refused, whoever has its pid now', async () => {
  const container = await target();
  const keep = withPidfd(container.box.shim.initPid);
  await container[Symbol.asyncDispose]();
  const started = launch({ shimPath: SHIM, plan: execPlan(bench), pidfd: keep.fd });
  await expect(started).rejects.toMatchObject({ stage: 'namespaces', code: 'ESRCH' });
  keep[Symbol.dispose]();
});

test('an exec ends with its container', async () => {
  await using container = await target();
  const box = await create(execPlan(bench, { args: ['sleep', '1000'] }), {
    launch: { pidfd: container.pidfd },
  });
  box.shim.go();
  await box.shim.started;
  process.kill(container.box.shim.initPid, 'SIGKILL');
  expect(await box.exit).toEqual({ exitCode: 137, signal: 9 });
});

test('a background process that keeps the pipe open does not keep the exec', async () => {
  await using container = await target();
  const plan = execPlan(bench, { args: script('sleep 1000 & echo gone') });
  expect((await run(plan, { launch: { pidfd: container.pidfd } })).stdout).toBe('gone\n');
});

test('the container can’t look into an exec before it is one of its own', async () => {
  await using container = await target();
  const box = await create(execPlan(bench, { args: ['true'] }), { launch: { pidfd: container.pidfd } });
  await box.shim.ready;
  // Inside, without CAP_SYS_PTRACE, everything of /proc/<pid> that needs ptrace access is closed.
  const args = script(
    'for p in /proc/[0-9]*; do case $(cat $p/comm) in gantry-init) readlink $p/exe || echo closed; readlink $p/fd/0 || echo closed; esac; done',
  );
  const { stdout } = await run(execPlan(bench, { args }), { launch: { pidfd: container.pidfd } });
  expect(stdout).toBe('closed\nclosed\n');
  box.shim.go();
  await box.exit;
});

test('namespaces of another container are joined by path', async () => {
  await using other = await target();
  const plan = containerPlan(bench, {
    args: script('readlink /proc/self/ns/net; readlink /proc/self/ns/ipc'),
    plan: {
      hostname: '',
      namespaces: {
        unshare: CLONE.NEWNS | CLONE.NEWPID,
        join: [
          { kind: CLONE.NEWNET, path: `/proc/${other.box.shim.initPid}/ns/net` },
          { kind: CLONE.NEWIPC, path: `/proc/${other.box.shim.initPid}/ns/ipc` },
        ],
        fromPidfd: 0,
      },
    },
  });
  const expected = ['net', 'ipc'].map(
    (name) => `${readlinkSync(`/proc/${other.box.shim.initPid}/ns/${name}`)}\n`,
  );
  expect((await run(plan)).stdout).toBe(expected.join(''));
});

test('the pid namespace of another container is joined by path', async () => {
  await using other = await target();
  const namespaces = {
    unshare: CLONE.NEWNS,
    join: [{ kind: CLONE.NEWPID, path: `/proc/${other.box.shim.initPid}/ns/pid` }],
    fromPidfd: 0,
  };
  const plan = containerPlan(bench, { args: script('cat /proc/1/comm'), plan: { hostname: '', namespaces } });
  expect((await run(plan)).stdout).toBe('sleep\n');
});

test('--init reaps orphans and passes signals and statuses on', async () => {
  const args = script(
    // Nothing ends after `up` that somebody else would have to reap.
    'trap "exit 9" TERM; (sleep 0.01 & exec true) & sleep 0.2; echo up; sleep 1000 & wait',
  );
  const box = await create(containerPlan(bench, { args, process: { init: true } }));
  box.shim.go();
  await waitFor(() => box.stdout().includes('up'), { reason: 'the entry point runs' });
  using pidfd = withPidfd(box.shim.initPid);
  const list = await run(
    execPlan(bench, { args: script('cat /proc/1/comm; grep -l "^State:.Z" /proc/[0-9]*/status; true') }),
    { launch: { pidfd: pidfd.fd } },
  );
  expect(list.stdout).toBe('gantry-init\n');
  expect(readFileSync(`/proc/${box.shim.initPid}/status`, 'utf8')).toMatch(/^NSpid:\s+\d+\s+(\d+\s+)?1$/m);
  process.kill(box.shim.initPid, 'SIGTERM');
  expect(await box.exit).toEqual({ exitCode: 9, signal: 0 });
});

test('--init turns a death by signal into 128 + signal', async () => {
  const plan = containerPlan(bench, { args: script('kill -SEGV $$'), process: { init: true } });
  expect((await run(plan)).status).toEqual({ exitCode: 139, signal: 0 });
});

test('--init with a terminal: ^C reaches the program, which is in the foreground', async () => {
  const box = await create(
    containerPlan(bench, {
      args: script('trap "exit 4" INT; echo up; while :; do sleep 0.05; done'),
      process: { init: true },
      stdio: { terminal: true, openStdin: true },
    }),
  );
  box.shim.go();
  await waitFor(() => box.stdout().includes('up'), { reason: 'the entry point runs' });
  box.client.write(Buffer.from('\u0003'));
  expect(await box.exit).toEqual({ exitCode: 4, signal: 0 });
});
