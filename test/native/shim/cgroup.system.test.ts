import { existsSync, mkdirSync, readFileSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect } from 'vitest';
import { systemTest } from '../../support/requires.ts';
import { waitFor } from '../../support/wait-for.ts';
import {
  type Bench,
  containerPlan,
  create,
  execPlan,
  makeBench,
  run,
  shimEnded,
  withPidfd,
} from './support.ts';

const test = systemTest('root', 'shim', 'busybox', 'cgroup');
const bench = makeBench();
afterAll(() => bench[Symbol.dispose]());

const HIERARCHIES = ['memory', 'pids', 'freezer', 'unified'].filter((name) =>
  existsSync(`/sys/fs/cgroup/${name}`),
);

/** One new group in each hierarchy of the test host: three of v1 and the one of v2, as on a hybrid machine. */
function makeGroups(name: string): { readonly procs: string[]; [Symbol.asyncDispose](): Promise<void> } {
  const directories = HIERARCHIES.map((hierarchy) => join('/sys/fs/cgroup', hierarchy, `shim-${name}`));
  for (const directory of directories) mkdirSync(directory);
  return {
    procs: directories.map((directory) => join(directory, 'cgroup.procs')),
    [Symbol.asyncDispose]: async () => {
      for (const directory of directories) {
        await waitFor(() => readFileSync(join(directory, 'cgroup.procs'), 'utf8') === '', {
          reason: `${directory} is empty`,
        });
        rmdirSync(directory);
      }
    },
  };
}

function planIn(procs: readonly string[], of: Bench, args: readonly string[]) {
  return containerPlan(of, { args, plan: { cgroupProcs: procs } });
}

test('init is in its cgroups of both versions before the image runs, and sees itself at their root', async () => {
  await using groups = makeGroups('init');
  const box = await create(planIn(groups.procs, bench, ['cat', '/proc/self/cgroup']));
  await box.shim.ready;
  for (const procs of groups.procs) expect(readFileSync(procs, 'utf8')).toBe(`${box.shim.initPid}\n`);
  expect(readFileSync(`/proc/${box.shim.shimPid}/cgroup`, 'utf8')).not.toContain('shim-init');
  box.shim.go();
  await box.exit;
  const lines = box.stdout().trim().split('\n');
  for (const hierarchy of HIERARCHIES) {
    const line =
      hierarchy === 'unified' ? '0::/' : new RegExp(String.raw`^\d+:([\w,]*,)?${hierarchy}(,\w+)*:/$`);
    expect(lines).toContainEqual(typeof line === 'string' ? line : expect.stringMatching(line));
  }
  await shimEnded(box.shim.shimPid);
});

test('an exec is in its container’s cgroups', async () => {
  await using groups = makeGroups('exec');
  const box = await create(planIn(groups.procs, bench, ['sleep', '1000']));
  box.shim.go();
  await box.shim.started;
  using pidfd = withPidfd(box.shim.initPid);
  const plan = execPlan(bench, { args: ['cat', '/proc/self/cgroup'], plan: { cgroupProcs: groups.procs } });
  const { stdout } = await run(plan, { launch: { pidfd: pidfd.fd } });
  expect(stdout).toContain('0::/\n');
  expect(stdout).not.toContain('shim-exec');
  process.kill(box.shim.initPid, 'SIGKILL');
  await shimEnded(box.shim.shimPid);
});

test('a start that failed has left its cgroups when the engine hears of it', async () => {
  await using groups = makeGroups('failed');
  const box = await create(planIn(groups.procs, bench, ['nowhere']));
  box.shim.go();
  await expect(box.shim.started).rejects.toMatchObject({ code: 'ENOENT' });
  for (const procs of groups.procs) expect(readFileSync(procs, 'utf8')).toBe('');
});
