import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect } from 'vitest';
import { readExitRecord } from '../../../src/native/shim/exit-record.ts';
import { launch } from '../../../src/native/shim/launcher.ts';
import type { LaunchPlan } from '../../../src/native/shim/protocol.ts';
import { ShimError } from '../../../src/native/shim/shim-error.ts';
import { systemTest } from '../../support/requires.ts';
import { waitFor } from '../../support/wait-for.ts';
import {
  type PlanChanges,
  SHIM,
  bind,
  containerPlan,
  create,
  isAlive,
  makeBench,
  run,
  shimEnded,
} from './support.ts';

const test = systemTest('root', 'shim', 'busybox');
const bench = makeBench();
afterAll(() => bench[Symbol.dispose]());

/** The error of a start, and that nothing of it is left. */
async function failureOf(plan: LaunchPlan): Promise<unknown> {
  let shimPid: number | undefined;
  const failure = await launch({ shimPath: SHIM, plan })
    .then(async (shim) => {
      ({ shimPid } = shim);
      shim.go();
      return await shim.started;
    })
    .catch((error: unknown) => error);
  if (shimPid !== undefined) await shimEnded(shimPid);
  await waitFor(() => !existsSync(join(plan.runDir, 'attach.sock')), { reason: 'the socket goes' });
  return failure;
}

mkdirSync(join(bench.rootfs, 'etc/directory'));
writeFileSync(join(bench.rootfs, 'etc/plain'), 'no program', { mode: 0o644 });
writeFileSync(join(bench.rootfs, 'etc/garbage'), 'no program', { mode: 0o755 });
writeFileSync(join(bench.rootfs, 'etc/script'), '#!/no/such/interpreter\n', { mode: 0o755 });

const CASES: readonly (readonly [string, PlanChanges, object])[] = [
  [
    'a program in no directory of PATH',
    { args: ['nowhere'] },
    { stage: 'exec', operation: 'lookup', code: 'ENOENT', detail: 'nowhere' },
  ],
  ['a path that is missing', { args: ['/no/where'] }, { stage: 'exec', operation: 'lookup', code: 'ENOENT' }],
  ['a directory', { args: ['/etc/directory'] }, { stage: 'exec', operation: 'lookup', code: 'EISDIR' }],
  [
    'a file that is no program',
    { args: ['/etc/plain'] },
    { stage: 'exec', operation: 'lookup', code: 'EACCES' },
  ],
  [
    'a program of no known format',
    { args: ['/etc/garbage'] },
    { stage: 'exec', operation: 'execve', code: 'ENOEXEC' },
  ],
  [
    'a script without its interpreter',
    { args: ['/etc/script'] },
    { stage: 'exec', operation: 'execve', code: 'ENOENT' },
  ],
  [
    'the same below --init',
    { args: ['nowhere'], process: { init: true } },
    { stage: 'exec', operation: 'lookup', code: 'ENOENT' },
  ],
  [
    'a bind without its source',
    { setup: [bind('/no/where', '/x')] },
    { stage: 'mounts', operation: 'open_tree', code: 'ENOENT', detail: '/no/where' },
  ],
  [
    'an unknown file system',
    { setup: [{ op: 'mount', type: 'nofs', source: 'x', target: '/x', flags: 0, data: '' }] },
    { stage: 'mounts', operation: 'mount', code: 'ENODEV' },
  ],
  [
    'a cgroup that is missing',
    { plan: { cgroupProcs: ['/no/cgroup.procs'] } },
    { stage: 'cgroup', operation: 'open', code: 'ENOENT' },
  ],
  [
    'a namespace that is missing',
    {
      plan: { namespaces: { unshare: 0x20000, join: [{ kind: 0x40000000, path: '/no/net' }], fromPidfd: 0 } },
    },
    { stage: 'namespaces', operation: 'open', code: 'ENOENT', detail: '/no/net' },
  ],
  [
    'a working directory below a file',
    { process: { cwd: '/etc/plain/x' } },
    { stage: 'cwd', code: 'ENOTDIR' },
  ],
  [
    'a sysctl that is missing',
    { setup: [{ op: 'sysctl', key: 'no/such/key', value: '1' }] },
    { stage: 'mounts', operation: 'open', code: 'ENOENT' },
  ],
  [
    'a sysctl outside of its tree',
    { setup: [{ op: 'sysctl', key: '../version', value: '1' }] },
    { stage: 'mounts', operation: 'open', code: 'EXDEV' },
  ],
  [
    'a terminal without devpts',
    { setup: [], stdio: { terminal: true } },
    { stage: 'terminal', operation: 'open', code: 'ENOENT' },
  ],
  [
    'a log in no directory',
    { plan: { log: { path: '/no/log', maxBytes: 0, maxFiles: 1 } } },
    { stage: 'monitor', operation: 'open', code: 'ENOENT' },
  ],
  ['a plan without args', { args: [] }, { stage: 'plan', operation: 'parse', detail: 'no args' }],
  ['a rootfs that is missing', { plan: { rootfs: '/no/rootfs' } }, { stage: 'rootfs', code: 'ENOENT' }],
];

for (const [name, changes, expected] of CASES) {
  test(`${name} is refused, and says so`, async () => {
    const plan = containerPlan(bench, changes);
    const failure = await failureOf(plan);
    expect(failure).toBeInstanceOf(ShimError);
    expect(failure).toMatchObject(expected);
    if (failure instanceof ShimError && failure.stage !== 'plan')
      expect(readExitRecord(plan.runDir)).toMatchObject({
        startedAt: undefined,
        failure: { stage: failure.stage, detail: failure.detail },
      });
  });
}

test('the reason is never lost, however early `go` comes', async () => {
  for (let i = 0; i < 150; i += 1) {
    const plan = containerPlan(bench, { setup: [{ op: 'sysctl', key: 'no/such/key', value: '1' }] });
    const shim = await launch({ shimPath: SHIM, plan });
    shim.go();
    await expect(shim.started).rejects.toMatchObject({ stage: 'mounts', code: 'ENOENT' });
  }
});

test('an engine that goes before `go` takes the container with it', async () => {
  const plan = containerPlan(bench, { args: ['sleep', '1000'] });
  const box = await create(plan);
  await box.shim.ready;
  await box.shim[Symbol.asyncDispose]();
  await shimEnded(box.shim.shimPid);
  expect(isAlive(box.shim.initPid)).toBe(false);
  expect(existsSync(join(plan.runDir, 'attach.sock'))).toBe(false);
  expect(readExitRecord(plan.runDir)).toMatchObject({
    exitCode: 137,
    failure: { stage: 'engine', operation: 'go' },
  });
});

test('an engine that goes after `go` does not', async () => {
  const plan = containerPlan(bench, { args: ['sh', '-c', 'sleep 0.1; exit 3'] });
  const box = await create(plan);
  box.shim.go();
  await box.shim.ready;
  await box.shim[Symbol.asyncDispose]();
  expect(await box.exit).toEqual({ exitCode: 3, signal: 0 });
  await shimEnded(box.shim.shimPid);
});

test('kill -9 of the shim kills the container, also one of another user', async () => {
  for (const user of ['', 'ada']) {
    const box = await create(containerPlan(bench, { args: ['sleep', '1000'], process: { user } }));
    box.shim.go();
    await box.shim.started;
    process.kill(box.shim.shimPid, 'SIGKILL');
    await waitFor(() => !isAlive(box.shim.initPid), { reason: 'init dies with its monitor' });
    expect(await box.exit).toBeUndefined();
  }
});

test('signals to the shim do nothing', async () => {
  const box = await create(
    containerPlan(bench, { args: ['cat'], stdio: { openStdin: true, stdinOnce: true } }),
  );
  box.shim.go();
  await box.shim.started;
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR1'] as const)
    process.kill(box.shim.shimPid, signal);
  box.client.write(Buffer.from('alive\n'));
  box.client.endStdin();
  expect(await box.exit).toEqual({ exitCode: 0, signal: 0 });
  expect(box.stdout()).toBe('alive\n');
  await shimEnded(box.shim.shimPid);
});

test('the cleanup command runs once, when nobody supervises', async () => {
  const plan = containerPlan(bench);
  const marker = join(plan.runDir, 'cleaned');
  const cleanup = {
    args: ['/bin/sh', '-c', `cat ${plan.runDir}/exit >> $OUT`],
    env: [`OUT=${marker}`, 'PATH=/bin'],
  };
  await run({ ...plan, cleanup });
  await waitFor(() => existsSync(marker), { reason: 'the cleanup command runs' });
});

test('a supervisor that says cleaned spares the command; one that goes does not', async () => {
  for (const says of [true, false]) {
    const plan = containerPlan(bench);
    const marker = join(plan.runDir, 'cleaned');
    const cleanup = { args: ['/bin/busybox', 'touch', marker], env: [] };
    const box = await create({ ...plan, cleanup }, { attach: { supervisor: true } });
    box.shim.go();
    await box.exit;
    expect(isAlive(box.shim.shimPid)).toBe(true);
    if (says) box.client.cleaned();
    await box.client[Symbol.asyncDispose]();
    await shimEnded(box.shim.shimPid);
    if (!says) await waitFor(() => existsSync(marker), { reason: 'the cleanup command runs' });
    expect(existsSync(marker)).toBe(!says);
  }
});
